import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leaseAgent } from "../../../src/engine/solve/lease-agent.ts";
import { agentRefusal } from "../../../src/execute/ssh/agent-messages.ts";
import { dialAgent, findAgents } from "../../../src/execute/ssh/find-agents.ts";

const run = promisify(execFile);
const hasOpenSsh = await run("ssh-add", ["-h"]).then(
  () => true,
  (error: { code?: unknown }) => error.code !== "ENOENT",
);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-agents-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const find = (paths: readonly string[], variables: Record<string, string> = {}) =>
  findAgents({ target: "app", ssh: [{ id: "", paths }], variables, workingFolder: folder });

async function writeKey(name: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(join(folder, name), privateKey.export({ format: "pem", type: "pkcs8" }));
}

async function listen(name: string): Promise<AsyncDisposable> {
  const server = createServer().listen(join(folder, name));
  await new Promise((resolve) => server.once("listening", resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe("an agent of files", () => {
  test("is found by its id, with all its keys; one without paths is that of the environment", async () => {
    await writeKey("one");
    await writeKey("two");
    await using _ = await listen("socket");
    expect((await find(["one", join(folder, "two")])).get("default")).toMatchObject({ kind: "keys", keys: [{}, {}] });
    const socket = join(folder, "socket");
    expect((await find([], { SSH_AUTH_SOCK: socket })).get("default")).toEqual({ kind: "socket", path: socket });
    expect((await find(["socket"])).get("default")).toEqual({ kind: "socket", path: socket });
  });

  test.each([
    ["nothing", [], "SSH_AUTH_SOCK is not set"],
    ["a file that is not there", ["missing"], "there is no "],
    ["a folder", ["."], "is neither the socket of an SSH agent nor a private key"],
    ["some file", ["text"], "text is neither the socket of an SSH agent nor a private key"],
    ["a socket and a key", ["socket", "key"], "beside which there can be nothing else"],
  ])("that is %s is refused, with a way out", async (_, paths, reason) => {
    await writeFile(join(folder, "text"), "hello");
    await writeKey("key");
    await using _socket = await listen("socket");
    await expect(find(paths)).rejects.toMatchObject({
      code: "build/ssh-agent",
      message: expect.stringContaining(reason),
      hint: expect.stringContaining("ssh-add"),
    });
  });

  test("refuses what is not listing or signing, and hangs up on what is no request", async () => {
    await writeKey("key");
    const agent = (await find(["key"])).get("default");
    if (agent === undefined) throw new Error("there is no agent");
    const connection = await dialAgent(agent);
    const answers: Buffer[] = [];
    connection.on("data", (data: Buffer) => answers.push(data));
    connection.on("error", () => {});
    // Remove all keys; sign with a request that is cut off.
    connection.write(Buffer.from([0, 0, 0, 1, 19, 0, 0]));
    connection.write(Buffer.from([0, 2, 13, 0]));
    connection.write(Buffer.from([255, 255, 255, 255]));
    await new Promise((resolve) => connection.once("close", resolve));
    expect(Buffer.concat(answers)).toEqual(Buffer.concat([agentRefusal, agentRefusal]));
  });
});

describe.skipIf(!hasOpenSsh)("OpenSSH", () => {
  test.each([
    ["ed25519", []],
    ["rsa", ["-b", "2048"]],
    ["rsa", ["-b", "2048", "-m", "PEM"]],
    ["ecdsa", ["-b", "256"]],
    ["ecdsa", ["-b", "384", "-m", "PEM"]],
    ["ecdsa", ["-b", "521"]],
  ])(
    "lists a key of %s %j, and takes our signature for that of the key",
    { timeout: 30_000 },
    async (type, options) => {
      const file = join(folder, "key");
      await run("ssh-keygen", ["-q", "-t", type, ...options, "-N", "", "-C", "ada@machine", "-f", file]);
      const agent = (await find(["key"])).get("default");
      if (agent === undefined) throw new Error("there is no agent");
      const { socket, close } = await leaseAgent(agent);
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      try {
        expect((await stat(dirname(socket))).mode & 0o777).toBe(0o700);
        const { stdout } = await run("ssh-add", ["-L"], { env });
        const [kind, blob] = (await readFile(`${file}.pub`, "utf8")).split(" ");
        expect(stdout.trim()).toBe(`${kind} ${blob}`);
        // Signs something and verifies it.
        await run("ssh-add", ["-T", `${file}.pub`], { env });
        await expect(run("ssh-add", ["-D"], { env })).rejects.toThrow();
        await expect(run("ssh-add", [file], { env })).rejects.toThrow();
      } finally {
        await close();
      }
      await expect(stat(dirname(socket))).rejects.toMatchObject({ code: "ENOENT" });
    },
  );

  test("has keys with passphrases, which are refused", async () => {
    for (const format of ["RFC4716", "PEM", "PKCS8"]) {
      const file = join(folder, format);
      await run("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-m", format, "-N", "secret", "-f", file]);
      await expect(find([format])).rejects.toThrow("is a key with a passphrase, which nobody can be asked for here");
    }
  });
});
