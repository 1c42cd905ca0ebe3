/** A package that is installed in a file system. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** A package URL: what tools know it by. */
  readonly purl: string;
  /** The database or manifest that tells of it. */
  readonly path: string;
  /** As the package says it, not checked. */
  readonly license?: string;
  /** Who made it. */
  readonly supplier?: string;
}

export interface DatabasePlace {
  readonly path: string;
  readonly release: SystemRelease;
}

/** Of `os-release`. */
export interface SystemRelease {
  /** `debian`, `alpine`, … */
  readonly id?: string;
  /** `12`, `3.20.1`. */
  readonly version?: string;
}

/** `pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12`. */
export function packageUrl(
  [type, namespace, name]: readonly [type: string, namespace: string | undefined, name: string],
  version: string,
  qualifiers: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = [type, ...(namespace === undefined ? [] : [namespace]), name].map(encode).join("/");
  const query = Object.entries(qualifiers).flatMap(([key, value]) => (value ? [`${key}=${encode(value)}`] : []));
  return `pkg:${path}@${encode(version)}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

/** As the rules of package URLs have it: a colon stays. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}

/** `debian-12`. */
export function distroOf({ id, version }: SystemRelease): string | undefined {
  return id === undefined ? undefined : [id, ...(version === undefined ? [] : [version])].join("-");
}
