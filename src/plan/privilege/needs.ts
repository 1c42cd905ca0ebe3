/** What the targets of a plan need to be granted (spec section 25.3). */
import { joinPath } from "../../base/path.ts";
import { isNamedOnly, isRemoteContext } from "../../buildfile/attributes/context.ts";
import type { CacheEntry, OutputEntry, SecretEntry, SshEntry } from "../../buildfile/attributes/entries.ts";
import { placeOf } from "../check/outputs.ts";
import { secretSource } from "../check/secrets.ts";
import type { Plan, Target } from "../plan.ts";
import { type Grant, parseGrant } from "./grant.ts";

/** A privilege, and which target wants it for what. Paths are as written, from the working folder. */
export interface Need {
  readonly grant: Grant;
  readonly target: string;
  /** `the context`, `the output`, …: for people. */
  readonly use: string;
}

/** Everything the plan needs, ordinary things like the working folder included. */
export function needsOf(plan: Plan, environment: ReadonlyMap<string, string>): readonly Need[] {
  const needs: Need[] = [];
  for (const target of plan.targets.values()) {
    const need = (use: string) => (grant: Grant) => needs.push({ grant, target: target.name, use });
    for (const grant of entitlementGrants(target)) need("an entitlement")(grant);
    contextReads(target).forEach(need("a context"));
    target.cacheFrom.flatMap(cacheReads).forEach(need("a cache"));
    target.cacheTo.flatMap(cacheWrites).forEach(need("a cache"));
    target.secret.flatMap((secret) => secretReads(secret, environment)).forEach(need("a secret"));
    target.ssh.flatMap(sshGrants).forEach(need("ssh"));
    target.output.flatMap(outputGrants).forEach(need("an output"));
  }
  return needs;
}

/** What entries of a target need, whoever says them: overrides use it to grant what they name. */
export function outputGrants(output: OutputEntry): readonly Grant[] {
  const place = placeOf(output);
  if (place.kind !== "file" && place.kind !== "folder") return [];
  const write: Grant = { kind: "write", path: place.path };
  return place.kind === "folder" && place.empties ? [write, { kind: "buildx.local.delete" }] : [write];
}

export function cacheReads({ type, attributes }: CacheEntry): readonly Grant[] {
  const path = attributes.get("src") ?? "";
  return type === "local" && path !== "" ? [{ kind: "read", path }] : [];
}

export function cacheWrites({ type, attributes }: CacheEntry): readonly Grant[] {
  const path = attributes.get("dest") ?? "";
  return type === "local" && path !== "" ? [{ kind: "write", path }] : [];
}

export function secretReads(secret: SecretEntry, environment: ReadonlyMap<string, string>): readonly Grant[] {
  const source = secretSource(secret, environment);
  return source.kind === "file" && source.name !== "" ? [{ kind: "read", path: source.name }] : [];
}

export function sshGrants({ paths }: SshEntry): readonly Grant[] {
  return paths.length === 0 ? [{ kind: "ssh" }] : paths.map((path) => ({ kind: "read", path }));
}

function entitlementGrants({ entitlements }: Target): readonly Grant[] {
  return entitlements.flatMap((entitlement) => {
    const grants = parseGrant(entitlement);
    return grants.ok ? grants.value : [];
  });
}

/** What is in the tree that the build file was read from is not read here. */
function contextReads({ context, contexts, remote, ...target }: Target): readonly Grant[] {
  const named = [...contexts].filter(([name]) => remote?.contexts.has(name) !== true);
  const folder = isLocal(context) && remote?.context === undefined ? context : undefined;
  const paths = [
    ...named.flatMap(([, address]) => localPath(address)),
    ...(folder === undefined ? [] : [folder]),
    ...dockerfilePath(target, folder),
  ];
  return paths.map((path) => ({ kind: "read", path }));
}

/** A Dockerfile is taken out of its context unless its path is absolute or says that it is local. */
function dockerfilePath(
  { dockerfile, dockerfileInline }: Pick<Target, "dockerfile" | "dockerfileInline">,
  folder: string | undefined,
): readonly string[] {
  if (dockerfileInline !== undefined || isRemoteContext(dockerfile)) return [];
  if (dockerfile.startsWith("cwd://")) return [dockerfile.slice("cwd://".length)];
  if (folder !== undefined) return [joinPath(folder, dockerfile)];
  return dockerfile.startsWith("/") ? [dockerfile] : [];
}

function localPath(address: string): readonly string[] {
  if (address.startsWith("cwd://")) return [address.slice("cwd://".length) || "."];
  if (address.startsWith("oci-layout://"))
    return [address.slice("oci-layout://".length).replace(/(?::[^/:@]*)?(?:@.*)?$/, "")];
  return isLocal(address) ? [address] : [];
}

function isLocal(address: string): boolean {
  return !isRemoteContext(address) && !isNamedOnly(address);
}
