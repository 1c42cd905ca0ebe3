/** The SSH agents a target may use, by id. */
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import type { SshEntry } from "../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../../execute/ports.ts";
import type { AgentDial } from "../session/ssh.ts";

export interface AgentsOptions {
  readonly target: string;
  readonly ssh: readonly SshEntry[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingFolder: string;
}

/**
 * An entry without a path means the agent of `SSH_AUTH_SOCK`; an equal id takes the place of an earlier one. Rejects with a
 * BuildFailure for a socket that is not there.
 */
export async function findAgents(options: AgentsOptions): Promise<ReadonlyMap<string, AgentDial>> {
  const agents = new Map<string, AgentDial>();
  for (const entry of options.ssh) {
    const path = agentPath(entry, options);
    await checkSocket(path, entry, options.target);
    agents.set(entry.id === "" ? "default" : entry.id, () => dialAgent(path));
  }
  return agents;
}

function agentPath(entry: SshEntry, options: AgentsOptions): string {
  const [path, ...more] = entry.paths;
  if (more.length > 0)
    throw problem(options.target, entry, "it names several files; only the socket of one agent can be used");
  const given = path ?? options.variables.SSH_AUTH_SOCK;
  if (given) return /^\\\\[.?]\\pipe\\/.test(given) ? given : resolve(options.workingFolder, given);
  throw problem(options.target, entry, "there is no SSH agent: SSH_AUTH_SOCK is not set");
}

async function checkSocket(path: string, entry: SshEntry, target: string): Promise<void> {
  if (path.startsWith("\\\\")) return;
  const found = await stat(path).catch((error: unknown) => {
    throw problem(target, entry, `the socket of the SSH agent cannot be used: ${messageOf(error)}`);
  });
  if (found.isSocket()) return;
  throw problem(target, entry, `${path} is not the socket of an SSH agent; private keys cannot be used directly`);
}

function problem(target: string, entry: SshEntry, message: string): BuildFailure {
  const name = entry.id === "" ? "default" : entry.id;
  return new BuildFailure(
    "build/ssh-agent",
    `ssh ${JSON.stringify(name)} of target ${JSON.stringify(target)}: ${message}`,
    {
      hint: 'start one and add the key: eval "$(ssh-agent)" && ssh-add',
    },
  );
}

function dialAgent(path: string): Promise<Duplex> {
  return new Promise((resolveDial, reject) => {
    const socket = connect({ path });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolveDial(socket);
    });
  });
}
