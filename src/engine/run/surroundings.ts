/** What a command finds around it: its environment, and the files that tell of names on the network. */
import { readFileSync } from "node:fs";
import type { Account } from "./account.ts";
import type { RunRequest } from "./request.ts";

export const defaultHostname = "buildkitsandbox";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export type Variables = ReadonlyMap<string, string>;

/** The request's variables, those of its secrets, and `PATH` and `HOME` where they are not set. Of two with one name the last counts. */
export function variablesOf(request: RunRequest, account: Account): Variables {
  const variables = new Map<string, string>();
  for (const text of request.environment) {
    const equals = text.indexOf("=");
    if (equals > 0) variables.set(text.slice(0, equals), text.slice(equals + 1));
  }
  for (const mount of request.mounts) {
    if (mount.type !== "secret" || mount.variable === undefined) continue;
    variables.set(mount.variable, new TextDecoder().decode(mount.value));
  }
  if (!variables.has("PATH")) variables.set("PATH", defaultPath);
  if (!variables.has("HOME")) variables.set("HOME", account.home);
  return variables;
}

/** `/etc/hosts`. */
export function hostsText({
  hostname = defaultHostname,
  extraHosts,
}: Pick<RunRequest, "hostname" | "extraHosts">): string {
  const own = `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;
  return own + extraHosts.map(([name, address]) => `${address}\t${name}\n`).join("");
}

/** `/etc/resolv.conf`: the machine's, since commands are on its network; empty when it has none. */
export function resolverText(): string {
  try {
    return readFileSync("/etc/resolv.conf", "utf8");
  } catch {
    return "";
  }
}
