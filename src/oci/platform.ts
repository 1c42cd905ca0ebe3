/** Platforms: `linux/amd64`, `linux/arm/v7`, `windows(10.0.17763)/amd64`, as text and as data. */
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";
import { didYouMean } from "../base/suggest.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

type Architecture = Pick<Platform, "architecture" | "variant">;

const systems: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasi windows zos".split(
    " ",
  ),
);

const architectures: ReadonlySet<string> = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 " +
    "ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

const part = /^[A-Za-z0-9_.-]+$/;
const osPart = /^([A-Za-z0-9_.-]+)(?:\(([A-Za-z0-9_.-]*)((?:\+[A-Za-z0-9_.-]+)*)\))?$/;

/**
 * Reads one platform and normalises it. `host` stands for `local` and fills in what a single word leaves out: `arm64` has the
 * host's system, `linux` its architecture.
 */
export function parsePlatform(text: string, host: Platform): Parsed<Platform> {
  if (text === "local") return parsed(host);
  if (text.includes("*")) return unparsed(`${quote(text)} holds a wildcard, name the platforms one by one`);
  const parts = text.split("/");
  const [first = "", second, third] = parts;
  const os = osPart.exec(first);
  if (os === null || parts.slice(1).some((each) => !part.test(each)) || parts.length > 3) {
    return unparsed(`${quote(text)} is no platform, write os/architecture or os/architecture/variant`);
  }
  const [, name = "", version = "", features = ""] = os;
  const system = {
    os: normaliseOs(name),
    ...(version === "" ? {} : { osVersion: version }),
    ...(features === "" ? {} : { osFeatures: features.slice(1).split("+") }),
  };
  if (second !== undefined) return parsed({ ...system, ...normaliseArchitecture(second, third) });
  return parseWord(text, system, host);
}

/** `os[(version+features)]/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { osVersion = "", osFeatures = [], variant } = platform;
  const detail = osVersion === "" && osFeatures.length === 0 ? "" : `(${[osVersion, ...osFeatures].join("+")})`;
  return `${platform.os}${detail}/${platform.architecture}${variant === undefined ? "" : `/${variant}`}`;
}

/**
 * The first part of a platform that no known machine has, with the nearest known one as a hint. There are machines that are not known
 * here, so that is reason to doubt and not to refuse.
 */
export function unknownPart({
  os,
  architecture,
}: Platform): { readonly name: string; readonly hint?: string } | undefined {
  const [name, known] = !systems.has(os) ? [os, systems] : [architecture, architectures];
  if (known.has(name)) return undefined;
  const hint = didYouMean(name, known);
  return { name, ...(hint === undefined ? {} : { hint }) };
}

/** The spellings people and systems use, brought to one: `aarch64` is `arm64`, `x86_64` is `amd64`, `armhf` is `arm/v7`. */
export function normalisePlatform(platform: Platform): Platform {
  const { os, architecture, variant, ...rest } = platform;
  return { ...rest, os: normaliseOs(os), ...normaliseArchitecture(architecture, variant) };
}

/** A folder name for a platform (`linux_arm_v7`), as local outputs that are split by platform use it. */
export function platformFolder(platform: Platform): string {
  return formatPlatform(platform).replaceAll("/", "_");
}

/**
 * Everything a machine of this platform runs, best first: itself, the lower variants of its architecture, and the 32-bit
 * relatives that 64-bit machines run.
 */
export function runnablePlatforms(platform: Platform): readonly Platform[] {
  const { variant, ...bare } = platform;
  const own = formatPlatform(platform);
  const relatives = relativesOf(platform.architecture, variant).map((each) => ({ ...bare, ...each }));
  return [platform, ...relatives.filter((each) => formatPlatform(each) !== own)];
}

function parseWord(text: string, system: Omit<Platform, "architecture" | "variant">, host: Platform): Parsed<Platform> {
  if (systems.has(system.os)) {
    const { architecture, variant } = host;
    return parsed({ ...system, architecture, ...(variant === undefined ? {} : { variant }) });
  }
  const known = normaliseArchitecture(text, undefined);
  if (architectures.has(known.architecture)) return parsed({ os: host.os, ...known });
  return unparsed(`${quote(text)} is neither an operating system nor an architecture`);
}

function normaliseOs(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

function normaliseArchitecture(name: string, givenVariant: string | undefined): Architecture {
  const architecture = name.toLowerCase();
  const variant = givenVariant?.toLowerCase() ?? "";
  switch (architecture) {
    case "i386":
      return { architecture: "386" };
    case "x86_64":
    case "x86-64":
    case "amd64":
      return withVariant("amd64", variant === "v1" ? "" : variant);
    case "aarch64":
    case "arm64":
      return withVariant("arm64", arm64Variant(variant));
    case "armhf":
      return { architecture: "arm", variant: "v7" };
    case "armel":
      return { architecture: "arm", variant: "v6" };
    case "arm":
      return withVariant("arm", variant === "" ? "v7" : /^[5-8]$/.test(variant) ? `v${variant}` : variant);
    default:
      return withVariant(architecture, variant);
  }
}

function arm64Variant(variant: string): string {
  if (variant === "8" || variant === "v8" || variant === "v8.0") return "";
  return variant === "9" || variant === "9.0" || variant === "v9.0" ? "v9" : variant;
}

function withVariant(architecture: string, variant: string): Architecture {
  return variant === "" ? { architecture } : { architecture, variant };
}

function relativesOf(architecture: string, variant: string | undefined): readonly Architecture[] {
  switch (architecture) {
    case "amd64":
      return [...variantsOf("amd64", 2, Number(variant?.slice(1))), { architecture }, { architecture: "386" }];
    case "arm":
      return variantsOf("arm", 5, Number(variant?.slice(1) ?? "7"));
    case "arm64":
      return [...arm64Relatives(variant), ...variantsOf("arm", 5, 8)];
    default:
      return [];
  }
}

/** v8.x runs all below it; v9.x contains v8.(x+5). */
function arm64Relatives(variant: string | undefined): readonly Architecture[] {
  const [, major = "8", minor = "0"] = /^v([89])(?:\.([0-9]+))?$/.exec(variant ?? "v8") ?? [];
  const architecture = "arm64";
  const bare: Architecture = { architecture };
  if (major === "8") return [...variantsOf(architecture, 1, Number(minor), "v8."), bare];
  const nines = [...variantsOf(architecture, 1, Number(minor), "v9."), { architecture, variant: "v9" }];
  return [...nines, ...variantsOf(architecture, 1, Number(minor) + 5, "v8."), bare];
}

/** `v7`, `v6`, `v5`: none when `to` is no number. */
function variantsOf(architecture: string, from: number, to: number, prefix = "v"): readonly Architecture[] {
  const count = Math.min(64, Math.max(0, to - from + 1));
  return Array.from({ length: count }, (_, i) => ({ architecture, variant: `${prefix}${to - i}` }));
}

function quote(text: string): string {
  return JSON.stringify(text);
}
