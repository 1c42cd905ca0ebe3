/** Platforms, as far as stages speak of them. */

export interface PlatformParts {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

const otherNames: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["armhf", "arm"],
  ["armel", "arm"],
  ["i386", "386"],
]);

const systems = new Set(["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "plan9", "wasip1"]);

/** Undefined when it is none. One word alone is an operating system or an architecture; the host says the rest. */
export function platformParts(text: string, host: PlatformParts | undefined): PlatformParts | undefined {
  const parts = text.toLowerCase().split("/");
  const [first = "", second, third = ""] = parts;
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.\-()]+$/.test(part))) return undefined;
  const os = first.replace(/\(.*\)$/, "");
  if (second !== undefined) return { os, architecture: otherNames.get(second) ?? second, variant: third };
  if (systems.has(os)) return { os, architecture: host?.architecture ?? "", variant: host?.variant ?? "" };
  return { os: host?.os ?? "linux", architecture: otherNames.get(first) ?? first, variant: "" };
}
