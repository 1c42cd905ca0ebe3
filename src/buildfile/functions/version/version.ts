/** Semantic versions, leniently read: `v1.2` is 1.2.0. */

export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Empty for a release. */
  readonly prerelease: string;
}

const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const version = new RegExp(
  `^v?([0-9]{1,20})(?:\\.([0-9]{1,20}))?(?:\\.([0-9]{1,20}))?(?:-(${identifiers}))?(?:\\+${identifiers})?$`,
);

/** undefined when it is none. Build metadata do not count. */
export function parseVersion(text: string): Version | undefined {
  const match = version.exec(text);
  if (match === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", prerelease = ""] = match;
  const hasLeadingZero = prerelease.split(".").some((part) => /^0[0-9]+$/.test(part));
  if (hasLeadingZero) return undefined;
  return { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease };
}

/** The precedence of semver.org, section 11. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** A release comes after its prereleases. */
export function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const others = b.split(".");
  for (const [at, part] of a.split(".").entries()) {
    const other = others[at];
    if (other === undefined) return 1;
    const order = compareIdentifiers(part, other);
    if (order !== 0) return order;
  }
  return -1;
}

function compareIdentifiers(a: string, b: string): number {
  const [aNumber, bNumber] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (aNumber && bNumber) return compare(BigInt(a), BigInt(b));
  if (aNumber !== bNumber) return aNumber ? -1 : 1;
  return compare(a, b);
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
