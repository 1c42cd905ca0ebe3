/** Credential helpers: programs named `docker-credential-<name>` that keep passwords for the docker command line. */
import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { messageOf, TsbakeError } from "../base/errors.ts";
import { type HostEnvironment, variable } from "../base/host-environment.ts";
import { stripControl } from "../base/text.ts";
import type { RegistryCredentials } from "./credentials.ts";

/** A helper may have to ask a person for a passphrase. */
const helperTimeoutMs = 120_000;
const maxOutputBytes = 1 << 20;
const notFound = "credentials not found in native keychain";

/** The helper the docker command line falls back to when nothing is configured, if it is installed. */
export async function findHelper(environment: HostEnvironment): Promise<string | undefined> {
  const candidates: Partial<Record<NodeJS.Platform, readonly (readonly [string, string])[]>> = {
    darwin: [["osxkeychain", "docker-credential-osxkeychain"]],
    win32: [["wincred", "docker-credential-wincred.exe"]],
    linux: [
      ["pass", "pass"],
      ["secretservice", "docker-credential-secretservice"],
    ],
  };
  for (const [name, needed] of candidates[environment.platform] ?? []) {
    const program = `docker-credential-${name}${environment.platform === "win32" ? ".exe" : ""}`;
    if ((await isInstalled(environment, needed)) && (await isInstalled(environment, program))) return name;
  }
  return undefined;
}

/** Asks a helper; undefined when it knows nothing. Throws a TsbakeError when it fails. */
export async function runHelper(
  environment: HostEnvironment,
  name: string,
  address: string,
  signal?: AbortSignal,
): Promise<RegistryCredentials | undefined> {
  if (!/^[\w.-]+$/.test(name)) throw helperFailed(name, "its name is not one of a program");
  const { status, output } = await run(environment, name, address, signal);
  if (status !== 0) {
    if (output.includes(notFound)) return undefined;
    throw helperFailed(name, stripControl(output).trim().slice(0, 500) || `it ended with status ${status}`);
  }
  return parseAnswer(name, output);
}

function parseAnswer(name: string, output: string): RegistryCredentials | undefined {
  const answer = parseJson(output);
  if (typeof answer !== "object" || answer === null || !("Username" in answer) || !("Secret" in answer)) {
    // Without the output: it may hold the secret.
    throw helperFailed(name, "its answer cannot be understood");
  }
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== "string" || typeof secret !== "string" || secret === "") return undefined;
  if (username === "<token>") return { kind: "identity-token", token: secret };
  return { kind: "password", username, password: secret };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface HelperResult {
  readonly status: number | string;
  readonly output: string;
}

function run(
  environment: HostEnvironment,
  name: string,
  address: string,
  signal: AbortSignal | undefined,
): Promise<HelperResult> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, ["get"], {
      env: { ...environment.variables },
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      child.kill("SIGKILL");
      // What it may have started in turn holds the pipe open.
      child.stdout.destroy();
    };
    const timer = setTimeout(stop, helperTimeoutMs);
    signal?.addEventListener("abort", stop, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutputBytes) stop();
      else chunks.push(chunk);
    });
    child.on("error", (error) => {
      release();
      reject(helperFailed(name, messageOf(error), error));
    });
    child.on("close", (status, killedBy) => {
      release();
      if (signal?.aborted) reject(signal.reason);
      else resolve({ status: status ?? killedBy ?? "", output: Buffer.concat(chunks).toString("utf8") });
    });
    child.stdin.on("error", () => {}); // a helper may end without reading
    child.stdin.end(address);
  });
}

async function isInstalled(environment: HostEnvironment, program: string): Promise<boolean> {
  const folders = (variable(environment, "PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this one.
    }
  }
  return false;
}

function helperFailed(name: string, why: string, cause?: unknown): TsbakeError {
  return new TsbakeError("registry/helper-failed", `the credential helper docker-credential-${name} failed: ${why}`, {
    hint: "Try `docker login`, or take the helper out of docker's config.json (credsStore, credHelpers).",
    cause,
  });
}
