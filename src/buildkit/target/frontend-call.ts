/** Turns a target into what the frontend is asked for: its name and its attributes. */
import process from "node:process";
import { parseBoolean } from "../../base/boolean.ts";
import type { Parsed } from "../../base/parsed.ts";
import type { AttestEntry } from "../../buildfile/attributes/entries.ts";
import { splitPlatforms } from "../../buildfile/attributes/platform.ts";
import { parseSizeText } from "../../buildfile/attributes/size.ts";
import { parseUlimitText } from "../../buildfile/attributes/ulimit.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { buildArguments } from "../../execute/target/build-arguments.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import type { Target } from "../../plan/plan.ts";
import type { DaemonKind, Workers } from "../node/capabilities.ts";

/** What of the world the attributes depend on. */
export interface FrontendFacts {
  readonly kind: DaemonKind;
  readonly workers: Workers;
  /** Of the gateway; empty when they are not known. */
  readonly capabilities: ReadonlySet<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Build arguments that docker's configuration gives. */
  readonly proxyArguments: ReadonlyMap<string, string>;
  /** Of the target's inputs: attributes and wanted frontend capabilities. */
  readonly inputAttributes: ReadonlyMap<string, string>;
  readonly frontendCaps: readonly string[];
}

export interface FrontendCall {
  readonly frontend: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly entitlements: readonly string[];
  /** The frontend is asked about the Dockerfile; nothing is built. */
  readonly question: boolean;
}

type Pairs = readonly (readonly [string, string])[];

const questions: ReadonlyMap<string, string> = new Map([
  ["check", "frontend.lint"],
  ["lint", "frontend.lint"],
  ["outline", "frontend.outline"],
  ["targets", "frontend.targets"],
]);
const subrequestsCap = "moby.buildkit.frontend.subrequests+forward";

/** Throws a BuildFailure for a value that this node cannot be asked for. */
export function frontendCall(target: Target, facts: FrontendFacts): FrontendCall {
  const args = buildArguments(target, facts);
  const request = requestOf(target);
  const caps = [...facts.frontendCaps, ...(request === undefined ? [] : [subrequestsCap])];
  const syntax = args.get("BUILDKIT_SYNTAX")?.trim();
  const attributes = new Map<string, string>([
    ...facts.inputAttributes,
    ...[...args].map(([name, value]) => [`build-arg:${name}`, value] as const),
    ...[...target.labels].map(([name, value]) => [`label:${name}`, value] as const),
    ...(target.stage ? [["target", target.stage] as const] : []),
    ...cachingOf(target, facts),
    ...platformsOf(target, args),
    ...networkOf(target),
    ...hostsOf(target, facts),
    ...limitsOf(target),
    ...(request === undefined ? attestationsOf(target, facts) : [["requestid", request] as const]),
    ...(caps.length > 0 ? [["frontend.caps", caps.join(",")] as const] : []),
    ...(syntax
      ? ([
          ["source", syntax.split(/\s+/, 1)[0] ?? syntax],
          ["cmdline", syntax],
        ] as const)
      : []),
  ]);
  const host = target.network === "host" ? ["network.host"] : [];
  return {
    frontend: syntax ? "gateway.v0" : "dockerfile.v0",
    attributes,
    entitlements: [...new Set([...target.entitlements, ...host])],
    question: request !== undefined,
  };
}

function requestOf(target: Target): string | undefined {
  const [name = "build"] = (target.call ?? "build").split(",", 1);
  if (name === "" || name === "build") return undefined;
  return questions.get(name) ?? `frontend.${name}`;
}

function cachingOf(target: Target, facts: FrontendFacts): Pairs {
  const local = facts.kind === "docker-engine" ? [["image-resolve-mode", "local"] as const] : [];
  return [
    ...(target.pull === true ? [["image-resolve-mode", "pull"] as const] : local),
    ...(target.noCache === true ? [["no-cache", ""] as const] : []),
    ...(target.noCache !== true && target.noCacheFilter.length > 0
      ? [["no-cache", target.noCacheFilter.join(",")] as const]
      : []),
  ];
}

function platformsOf(target: Target, args: ReadonlyMap<string, string>): Pairs {
  const platforms = target.platforms
    .flatMap(splitPlatforms)
    .map((text) => formatPlatform(need(target, "platforms", parsePlatform(text, localPlatform()))));
  const forced = parseBoolean(args.get("BUILDKIT_MULTI_PLATFORM") ?? "") === true;
  return [
    ...(platforms.length > 0 ? [["platform", [...new Set(platforms)].join(",")] as const] : []),
    ...(forced ? [["multi-platform", "true"] as const] : []),
  ];
}

const architectures: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["ppc64", "ppc64le"],
]);

/** What `local` stands for: containers of this machine's architecture. */
function localPlatform(): Platform {
  return { os: "linux", architecture: architectures.get(process.arch) ?? process.arch };
}

function networkOf(target: Target): Pairs {
  const network = target.network ?? "";
  if (network === "" || network === "default") return [];
  if (network === "none" || network === "host") return [["force-network-mode", network]];
  throw badAttribute(
    target,
    "network",
    `a build has no network ${JSON.stringify(network)}`,
    "write default, none or host",
  );
}

function hostsOf(target: Target, facts: FrontendFacts): Pairs {
  const hosts = [...target.extraHosts].flatMap(([name, addresses]) =>
    addresses.split(",").map((address) => `${name}=${hostAddress(target, address.trim(), facts)}`),
  );
  return hosts.length === 0 ? [] : [["add-hosts", hosts.join(",")]];
}

function hostAddress(target: Target, address: string, facts: FrontendFacts): string {
  if (address !== "host-gateway") return address.replace(/^\[(.*)\]$/, "$1");
  if (facts.workers.hostGatewayIp !== undefined) return facts.workers.hostGatewayIp;
  throw badAttribute(
    target,
    "extra-hosts",
    "this builder has no host-gateway",
    "only a Docker engine knows one; write the address itself",
  );
}

function limitsOf(target: Target): Pairs {
  const limits = target.ulimits.map((text) => need(target, "ulimits", parseUlimitText(text)));
  const ulimits = limits.map(({ name, soft, hard }) => `${name}=${soft}:${hard}`).sort();
  return [
    ...(ulimits.length > 0 ? [["ulimit", ulimits.join(",")] as const] : []),
    ...(target.shmSize ? [["shm-size", String(need(target, "shm-size", parseSizeText(target.shmSize)))] as const] : []),
    ...resourcesOf(target),
  ];
}

function resourcesOf(target: Target): Pairs {
  const { resources } = target;
  if (resources === undefined) return [];
  const swap = resources["memory-swap"];
  const pairs: readonly (readonly [string, string | number | undefined])[] = [
    [
      "memory",
      resources.memory === undefined ? undefined : need(target, "resources.memory", parseSizeText(resources.memory)),
    ],
    [
      "memswap",
      swap === undefined || swap === "-1" ? swap : need(target, "resources.memory-swap", parseSizeText(swap)),
    ],
    ["cpushares", resources["cpu-shares"]],
    ["cpuperiod", resources["cpu-period"]],
    ["cpuquota", resources["cpu-quota"]],
    ["cpusetcpus", resources["cpuset-cpus"]],
    ["cpusetmems", resources["cpuset-mems"]],
  ];
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
}

function attestationsOf(target: Target, facts: FrontendFacts): Pairs {
  const able = facts.capabilities.has("exporter.image.attestations") && facts.workers.imageStore !== "graphdriver";
  const wanted = target.attest.filter((entry) => !entry.disabled);
  if (wanted.length > 0 && !able) {
    const hint =
      "remove attest from the target, or build on a newer BuildKit or on an engine with the containerd image store";
    throw badAttribute(target, "attest", "this builder cannot make attestations", hint);
  }
  const pairs = wanted.map((entry) => [`attest:${entry.type}`, attestText(entry)] as const);
  const decided = target.attest.some((entry) => entry.type === "provenance");
  const off = parseBoolean(facts.environment.BUILDX_NO_DEFAULT_ATTESTATIONS ?? "") === true;
  return decided || off || !able ? pairs : [...pairs, ["attest:provenance", "mode=min,inline-only=true"]];
}

function attestText(entry: AttestEntry): string {
  const fields = [["type", entry.type] as const, ...entry.attributes].map(([key, value]) => `${key}=${value}`);
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}

function need<T>(target: Target, attribute: string, result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw badAttribute(target, attribute, result.message);
}

function badAttribute(target: Target, attribute: string, message: string, hint?: string): BuildFailure {
  const text = `${attribute} of target ${JSON.stringify(target.name)}: ${message}`;
  return new BuildFailure("build/bad-attribute", text, hint === undefined ? {} : { hint });
}
