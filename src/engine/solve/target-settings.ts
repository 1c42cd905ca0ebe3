/** What a target says of its build beyond its inputs, read for the embedded engine. */
import process from "node:process";
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { Parsed } from "../../base/parsed.ts";
import { splitPlatforms } from "../../buildfile/attributes/platform.ts";
import { parseSizeText } from "../../buildfile/attributes/size.ts";
import { parseUlimitText } from "../../buildfile/attributes/ulimit.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { buildArguments } from "../../execute/target/build-arguments.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import type { Target } from "../../plan/plan.ts";
import type { RunSettings } from "../graph/scope.ts";
import type { ResourceLimits } from "../run/request.ts";

export interface TargetSettings {
  readonly platforms: readonly Platform[];
  readonly buildPlatform: Platform;
  readonly buildArguments: ReadonlyMap<string, string>;
  readonly epochSeconds?: number;
  readonly ignoreCache: true | ReadonlySet<string>;
  readonly run: RunSettings;
}

export interface SettingsSurroundings {
  readonly host: HostEnvironment;
  readonly proxyArguments: ReadonlyMap<string, string>;
}

const architectures: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["ppc64", "ppc64le"],
]);

/** Of images made on this machine when nothing else is said. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: architectures.get(process.arch) ?? process.arch };
}

/** Throws a BuildFailure for a value that makes no sense. */
export function targetSettings(target: Target, { host, proxyArguments }: SettingsSurroundings): TargetSettings {
  const buildPlatform = hostPlatform();
  const args = buildArguments(target, { environment: host.variables, proxyArguments });
  const epochSeconds = epochOf(target, args.get("SOURCE_DATE_EPOCH"));
  return {
    platforms: platformsOf(target, buildPlatform),
    buildPlatform,
    buildArguments: args,
    ...(epochSeconds === undefined ? {} : { epochSeconds }),
    ignoreCache: target.noCache === true ? true : new Set(target.noCacheFilter.map((name) => name.toLowerCase())),
    run: runSettings(target, args),
  };
}

function platformsOf(target: Target, host: Platform): readonly Platform[] {
  const all = target.platforms
    .flatMap(splitPlatforms)
    .map((text) => need(target, "platforms", parsePlatform(text, host)));
  const byName = new Map(all.map((platform) => [formatPlatform(platform), platform]));
  return byName.size === 0 ? [host] : [...byName.values()];
}

function epochOf(target: Target, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  if (/^[0-9]{1,12}$/.test(text) && Number.isSafeInteger(seconds)) return seconds;
  throw bad(target, "SOURCE_DATE_EPOCH", `${JSON.stringify(text)} is no number of seconds`);
}

function runSettings(target: Target, args: ReadonlyMap<string, string>): RunSettings {
  const network = target.network ?? "";
  if (network !== "" && network !== "default" && network !== "none" && network !== "host") {
    throw bad(target, "network", `a build has no network ${JSON.stringify(network)}; write default, none or host`);
  }
  const hostname = args.get("BUILDKIT_SANDBOX_HOSTNAME");
  const { shmSize } = target;
  const limits = limitsOf(target);
  return {
    network: network === "" ? "default" : network,
    ...(hostname ? { hostname } : {}),
    extraHosts: [...target.extraHosts],
    ...(shmSize === undefined ? {} : { shmSize: need(target, "shm-size", parseSizeText(shmSize)) }),
    ulimits: target.ulimits.map((text) => {
      const { name, soft, hard } = need(target, "ulimits", parseUlimitText(text));
      return { name, soft: Number(soft), hard: Number(hard) };
    }),
    ...(limits === undefined ? {} : { limits }),
    entitlements: new Set([...target.entitlements, ...(network === "host" ? ["network.host"] : [])]),
  };
}

function limitsOf(target: Target): ResourceLimits | undefined {
  const { resources } = target;
  if (resources === undefined) return undefined;
  const size = (text: string | undefined, name: string) =>
    text === undefined || text === "-1" ? undefined : need(target, `resources.${name}`, parseSizeText(text));
  const memoryBytes = size(resources.memory, "memory");
  const memorySwapBytes = size(resources["memory-swap"], "memory-swap");
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(memorySwapBytes === undefined ? {} : { memorySwapBytes }),
    ...(resources["cpu-shares"] === undefined ? {} : { cpuShares: resources["cpu-shares"] }),
    ...(resources["cpu-period"] === undefined ? {} : { cpuPeriod: resources["cpu-period"] }),
    ...(resources["cpu-quota"] === undefined ? {} : { cpuQuota: resources["cpu-quota"] }),
    ...(resources["cpuset-cpus"] === undefined ? {} : { cpusetCpus: resources["cpuset-cpus"] }),
    ...(resources["cpuset-mems"] === undefined ? {} : { cpusetMems: resources["cpuset-mems"] }),
  };
}

function need<T>(target: Target, attribute: string, result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw bad(target, attribute, result.message);
}

function bad(target: Target, attribute: string, message: string): BuildFailure {
  return new BuildFailure("build/bad-attribute", `${attribute} of target ${JSON.stringify(target.name)}: ${message}`);
}
