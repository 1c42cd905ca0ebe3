/** What this process may do to file systems, being root, root of a user namespace, or neither. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Privilege {
  /** `none`: nothing can be mounted. */
  readonly kind: "root" | "mapped" | "none";
  /** Whether files can belong to everybody, or to the one user of the namespace only. */
  readonly owners: "all" | "one";
  /** Whether devices can be made. */
  readonly devices: boolean;
  /** Whether supplementary groups can be set. */
  readonly groups: boolean;
  /** The extended attribute that makes a folder of an overlay opaque. */
  readonly opaqueAttribute: string;
  /** Options that overlays need here. */
  readonly overlayOptions: readonly string[];
  /** Of the identities: folders made under another one are of no use here. Empty for root. */
  readonly realm: string;
}

export function findPrivilege(): Privilege {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return privilegeOf("none", []);
  const map = readMap();
  const [first] = map;
  const whole = map.length === 1 && first?.inside === 0 && first.outside === 0 && first.count === 4_294_967_295;
  return privilegeOf(whole ? "root" : "mapped", map);
}

interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

function privilegeOf(kind: Privilege["kind"], map: readonly IdRange[]): Privilege {
  const known = map.reduce((sum, { count }) => sum + count, 0);
  const root = kind === "root";
  return {
    kind,
    owners: root || known > 1 ? "all" : "one",
    devices: root,
    groups: root || known > 1,
    opaqueAttribute: root ? "trusted.overlay.opaque" : "user.overlay.opaque",
    overlayOptions: root ? [] : ["userxattr"],
    realm: root ? "" : createHash("sha256").update(JSON.stringify(map)).digest("hex").slice(0, 8),
  };
}

/** user_namespaces(7). Empty where it cannot be read. */
function readMap(): readonly IdRange[] {
  try {
    return readFileSync("/proc/self/uid_map", "latin1")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => line.trim().split(/\s+/).map(Number))
      .map(([inside = 0, outside = 0, count = 0]) => ({ inside, outside, count }));
  } catch {
    return [];
  }
}
