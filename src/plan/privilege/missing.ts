/** Which privileges are needed and not granted. */
import { parseBoolean } from "../../base/boolean.ts";
import { joinPath } from "../../base/path.ts";
import type { Override } from "../override/override.ts";
import type { Plan } from "../plan.ts";
import { formatGrant, type Grant, parseGrant } from "./grant.ts";
import { cacheReads, cacheWrites, needsOf, outputGrants, secretReads, sshGrants } from "./needs.ts";

export interface MissingPrivilege {
  /** What would grant it, ready for `--allow`. */
  readonly allow: string;
  readonly use: string;
  /** The targets that need it. */
  readonly targets: readonly string[];
}

export interface PrivilegeRequest {
  /** Of `--allow`. */
  readonly grants: readonly Grant[];
  readonly overrides: readonly Override[];
  readonly environment: ReadonlyMap<string, string>;
  /** Absolute. */
  readonly workingFolder: string;
  /** The path without symbolic links, as far as it exists; absolute in, absolute out. */
  readonly realPath: (path: string) => string;
}

/**
 * What the plan needs beyond what is granted: by `--allow`, by being named in an override, or by lying in the working folder.
 * Each privilege once, and none that another of them includes. `BUILDX_BAKE_ENTITLEMENTS_FS=0` leaves out files and folders; for build files that were read from elsewhere only
 * `BAKE_ALLOW_REMOTE_FS_ACCESS=1` does.
 */
export function missingPrivileges(plan: Plan, request: PrivilegeRequest): readonly MissingPrivilege[] {
  const { environment, workingFolder } = request;
  const checksFiles = checksFilesOf(plan, environment);
  const grants = [...request.grants, ...grantsOfOverrides(request.overrides, environment)];
  const granted = new GrantTable(grants, workingFolder, request.realPath);
  const needs = needsOf(plan, environment).filter(
    ({ grant }) => (checksFiles || !("path" in grant)) && !granted.covers(grant),
  );
  const wanted = new GrantTable(
    needs.map(({ grant }) => grant),
    workingFolder,
    request.realPath,
  );
  const missing = new Map<string, { readonly use: string; readonly targets: Set<string> }>();
  for (const { grant, target, use } of needs) {
    if (wanted.coversParentOf(grant)) continue;
    const allow = formatGrant(grant);
    const known = missing.get(allow);
    if (known === undefined) missing.set(allow, { use, targets: new Set([target]) });
    else known.targets.add(target);
  }
  return [...missing].map(([allow, { use, targets }]) => ({ allow, use, targets: [...targets] }));
}

function checksFilesOf(plan: Plan, environment: ReadonlyMap<string, string>): boolean {
  const switchOf = (name: string): boolean | undefined => parseBoolean(environment.get(name) ?? "");
  const remote = [...plan.targets.values()].some((target) => target.remote !== undefined);
  return remote ? switchOf("BAKE_ALLOW_REMOTE_FS_ACCESS") !== true : switchOf("BUILDX_BAKE_ENTITLEMENTS_FS") !== false;
}

/** Who names a path or an entitlement on the command line means it. */
function grantsOfOverrides(overrides: readonly Override[], environment: ReadonlyMap<string, string>): readonly Grant[] {
  return overrides.flatMap(({ effect }): readonly Grant[] => {
    if (effect.kind === "secret") return secretReads(effect.secret, environment);
    if (effect.kind === "push" || effect.kind === "load") return [];
    const { output, "cache-from": cacheFrom, "cache-to": cacheTo, secret, ssh, entitlements } = effect.settings;
    return [
      ...(output?.value ?? []).flatMap(outputGrants).filter(({ kind }) => kind === "write"),
      ...(cacheFrom ?? []).flatMap(({ value }) => cacheReads(value)),
      ...(cacheTo?.value ?? []).flatMap(cacheWrites),
      ...(secret ?? []).flatMap(({ value }) => secretReads(value, environment)),
      ...(ssh ?? []).flatMap(({ value }) => sshGrants(value)),
      ...(entitlements ?? []).flatMap(({ value }) => {
        const grants = parseGrant(value);
        return grants.ok ? grants.value : [];
      }),
    ];
  });
}

/** Asked for every need; paths are resolved once each. */
class GrantTable {
  readonly #plain = new Set<string>();
  readonly #folders: Readonly<Record<"read" | "write", Set<string>>>;
  readonly #everything: Record<"read" | "write", boolean> = { read: false, write: false };
  readonly #workingFolder: string;
  readonly #realPath: (path: string) => string;
  readonly #real = new Map<string, string>();

  constructor(grants: readonly Grant[], workingFolder: string, realPath: (path: string) => string) {
    this.#workingFolder = workingFolder;
    this.#realPath = realPath;
    const here = this.#resolve(".");
    this.#folders = { read: new Set([here]), write: new Set([here]) };
    for (const grant of grants) {
      if (grant.kind !== "read" && grant.kind !== "write") this.#plain.add(formatGrant(grant));
      else if (grant.path === "*") this.#everything[grant.kind] = true;
      else this.#folders[grant.kind].add(this.#resolve(grant.path));
    }
  }

  covers(need: Grant): boolean {
    if (need.kind === "image") return true;
    if (need.kind === "device") return this.#plain.has("device") || this.#plain.has(formatGrant(need));
    if (need.kind !== "read" && need.kind !== "write") return this.#plain.has(need.kind);
    return this.#everything[need.kind] || this.#holds(need.kind, this.#resolve(need.path));
  }

  /** True when a folder around a file or folder is granted, whether itself is or not. */
  coversParentOf(need: Grant): boolean {
    if (need.kind !== "read" && need.kind !== "write") return false;
    const path = this.#resolve(need.path);
    return path !== "/" && this.#holds(need.kind, parentOf(path));
  }

  #holds(kind: "read" | "write", path: string): boolean {
    const folders = this.#folders[kind];
    for (let folder = path; ; folder = parentOf(folder)) {
      if (folders.has(folder)) return true;
      if (folder === "/") return false;
    }
  }

  #resolve(path: string): string {
    const known = this.#real.get(path);
    if (known !== undefined) return known;
    const real = this.#realPath(joinPath(this.#workingFolder, path));
    this.#real.set(path, real);
    return real;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
