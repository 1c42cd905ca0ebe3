/** The SSH agents a target may use, by id. */
import { open, stat } from "node:fs/promises";
import { connect } from "node:net";
import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import { errnoCode, messageOf } from "../../base/errors.ts";
import type { SshEntry } from "../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../ports.ts";
import { dialKeyAgent } from "./key-agent.ts";
import { parsePrivateKey, type SshKey } from "./private-key.ts";

export type SshAgent =
  /** Absolute, or a named pipe. */
  | { readonly kind: "socket"; readonly path: string }
  /** One of our own, see `dialKeyAgent`. */
  | { readonly kind: "keys"; readonly keys: readonly SshKey[] };

export interface AgentsOptions {
  readonly target: string;
  readonly ssh: readonly SshEntry[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingFolder: string;
}

const largestKeyBytes = 100 << 10;

/**
 * An entry without a path means the agent of `SSH_AUTH_SOCK`; an equal id takes the place of an earlier one. Rejects with a
 * BuildFailure for what is neither a socket nor a private key that can be used as it is.
 */
export async function findAgents(options: AgentsOptions): Promise<ReadonlyMap<string, SshAgent>> {
  const agents = new Map<string, SshAgent>();
  for (const entry of options.ssh) agents.set(agentId(entry), await findAgent(entry, options));
  return agents;
}

/** Of an entry without one, it is `default`. */
export function agentId({ id }: SshEntry): string {
  return id === "" ? "default" : id;
}

/** Opens a connection; rejects when the agent cannot be reached. */
export function dialAgent(agent: SshAgent): Promise<Duplex> {
  return agent.kind === "keys" ? Promise.resolve(dialKeyAgent(agent.keys)) : dialSocket(agent.path);
}

async function findAgent(entry: SshEntry, options: AgentsOptions): Promise<SshAgent> {
  const paths = entry.paths.length > 0 ? entry.paths : [options.variables.SSH_AUTH_SOCK ?? ""];
  if (paths[0] === "") throw problem(options.target, entry, "there is no SSH agent: SSH_AUTH_SOCK is not set");
  const found: (SshKey | string)[] = [];
  for (const path of paths) found.push(await look(absolute(path, options.workingFolder), entry, options.target));
  const sockets = found.filter((each) => typeof each === "string");
  const [socket] = sockets;
  if (socket === undefined) return { kind: "keys", keys: found.filter((each) => typeof each !== "string") };
  if (found.length === 1) return { kind: "socket", path: socket };
  throw problem(options.target, entry, `${socket} is the socket of an agent, beside which there can be nothing else`);
}

function absolute(path: string, workingFolder: string): string {
  return isPipe(path) ? path : resolve(workingFolder, path);
}

function isPipe(path: string): boolean {
  return /^\\\\[.?]\\pipe\\/.test(path);
}

/** The path of a socket, or the key in a file. */
async function look(path: string, entry: SshEntry, target: string): Promise<SshKey | string> {
  if (isPipe(path)) return path;
  const found = await stat(path).catch((error: unknown) => {
    const why = errnoCode(error) === "ENOENT" ? `there is no ${path}` : `${path} cannot be used: ${messageOf(error)}`;
    throw problem(target, entry, why, error);
  });
  if (found.isSocket()) return path;
  if (!found.isFile()) throw problem(target, entry, `${path} is neither the socket of an SSH agent nor a private key`);
  const text = await readStart(path).catch((error: unknown) => {
    throw problem(target, entry, `${path} cannot be read: ${messageOf(error)}`, error);
  });
  const key = parsePrivateKey(text);
  if (key.ok) return key.value;
  throw problem(target, entry, `${path} ${key.message}`);
}

async function readStart(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(largestKeyBytes), 0, largestKeyBytes, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function problem(target: string, entry: SshEntry, message: string, cause?: unknown): BuildFailure {
  const text = `ssh ${JSON.stringify(agentId(entry))} of target ${JSON.stringify(target)}: ${message}`;
  const [path = ""] = entry.paths;
  return new BuildFailure("build/ssh-agent", text, {
    hint: `start an agent, add the key and name no file: eval "$(ssh-agent)" && ssh-add ${path}`.trimEnd(),
    cause,
  });
}

function dialSocket(path: string): Promise<Duplex> {
  return new Promise((resolveDial, reject) => {
    const socket = connect({ path });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolveDial(socket);
    });
  });
}
