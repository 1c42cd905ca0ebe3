import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "./run-process.ts";

export interface RegistryOptions {
  /** The docker-registry program, as the engine's info gives it. */
  readonly registryPath: string;
  /** Demands HTTP basic authentication. */
  readonly login?: { readonly username: string; readonly password: string };
}

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:port`, to put before an image's name. Plain HTTP, which engines accept on loopback. */
  readonly host: string;
  /** The requests it has had, one line each, in the common log format. */
  readAccessLog(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const readyTimeoutMs = 15_000;
const endTimeoutMs = 5_000;
/** A free port may be taken by somebody else before the registry listens on it. */
const maxStarts = 3;

/** Starts a registry with an empty store of its own on a free loopback port; `stop` leaves neither process nor file. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (start === maxStarts) throw error;
    }
  }
}

async function startOnce(options: RegistryOptions): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-registry-"));
  const host = `127.0.0.1:${await findFreePort()}`;
  const config = join(folder, "config.json");
  await writeFile(config, JSON.stringify(await renderConfig(folder, host, options)));
  const log = await open(join(folder, "log"), "a");
  const child = spawn(options.registryPath, ["serve", config], { stdio: ["ignore", log.fd, log.fd] });
  const endWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    await end(child);
    process.off("exit", endWithUs);
    await rm(folder, { recursive: true, force: true });
  };
  await once(child, "spawn").finally(() => log.close());
  const readLog = async (): Promise<readonly string[]> => (await readFile(join(folder, "log"), "utf8")).split("\n");
  try {
    await waitUntilReady(host, child);
  } catch (error) {
    const words = (await readLog()).slice(-5).join("\n");
    await stop();
    throw new Error(`The registry did not start:\n${words}`, { cause: error });
  }
  const readAccessLog = async (): Promise<readonly string[]> =>
    (await readLog()).filter((line) => line.includes(' HTTP/1.1" '));
  return { host, readAccessLog, stop, [Symbol.asyncDispose]: stop };
}

/** The registry reads YAML, of which JSON is a part. */
async function renderConfig(folder: string, host: string, options: RegistryOptions): Promise<unknown> {
  const htpasswd = join(folder, "htpasswd");
  if (options.login !== undefined) await writeFile(htpasswd, await renderHtpasswd(options.login));
  return {
    version: 0.1,
    log: { accesslog: { disabled: false }, level: "info" },
    storage: { filesystem: { rootdirectory: join(folder, "store") }, delete: { enabled: true } },
    http: { addr: host },
    ...(options.login === undefined ? {} : { auth: { htpasswd: { realm: "tsbake test", path: htpasswd } } }),
  };
}

/** The registry accepts bcrypt only, which Perl, part of every Debian, has from the C library. */
async function renderHtpasswd(login: { readonly username: string; readonly password: string }): Promise<string> {
  const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // The last character of a salt carries four bits only; a dot is right for any.
  const salt = `${[...randomBytes(21)].map((byte) => alphabet[byte % 64]).join("")}.`;
  const program = "chomp(my $password = <STDIN>); print crypt($password, $ARGV[0]);";
  const { stdout } = await run("perl", ["-e", program, `$2b$05$${salt}`], { input: `${login.password}\n` });
  return `${login.username}:${stdout}\n`;
}

async function waitUntilReady(host: string, child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  while (!(await answers(host))) {
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    if (Date.now() > giveUpAt) throw new Error(`no answer within ${readyTimeoutMs / 1000} s`);
    await delay(30);
  }
}

/** Whether it is a registry that answers, 401 included: another program may have taken the port. */
function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(`http://${host}/v2/`, { timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.headers["docker-distribution-api-version"] !== undefined);
    });
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endTimeoutMs);
  await exited;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port on loopback");
  return address.port;
}
