/** The flags of `tsbake build` as options of the API. */
import type { BuildOptions } from "../api/build.ts";
import type { PlanOptions } from "../api/plan.ts";
import type { BuildFlags } from "../plan/override/build-flags.ts";
import { splitAddresses } from "./addresses.ts";
import { callOf } from "./call-flag.ts";
import type { Host } from "./command.ts";
import { type ParsedFlags, UsageError } from "./flag.ts";

export function planOptionsOf(flags: ParsedFlags, host: Host, purpose: "print" | "build"): PlanOptions {
  return {
    environment: host.environment,
    workingFolder: host.workingFolder,
    targets: splitAddresses(flags.words).names,
    set: flags.list("set"),
    allow: flags.list("allow"),
    flags: overridesOf(flags),
    purpose,
  };
}

export function buildOptionsOf(flags: ParsedFlags, host: Host): BuildOptions {
  const jobs = flags.text("jobs");
  const retries = flags.text("retries");
  const timeout = flags.text("timeout");
  const builder = flags.text("builder");
  return {
    environment: host.environment,
    workingFolder: host.workingFolder,
    signal: host.signal,
    onFailure: onFailureOf(flags.text("on-failure")),
    ...(builder ? { builder } : {}),
    ...(jobs === undefined ? {} : { jobs: wholeNumber("jobs", jobs, 1) }),
    ...(retries === undefined ? {} : { retries: wholeNumber("retries", retries, 0) }),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) }),
  };
}

function overridesOf(flags: ParsedFlags): BuildFlags {
  return withoutUndefined({
    push: flags.switch("push"),
    load: flags.switch("load"),
    pull: flags.switch("pull"),
    noCache: flags.switch("no-cache"),
    sbom: flags.text("sbom"),
    provenance: flags.text("provenance"),
    check: flags.switch("check"),
    call: flags.text("call") ? callOf(flags).method : undefined,
    target: flags.text("target"),
    policy: flags.list("policy"),
    tags: flags.list("tag"),
    platforms: flags.list("platform"),
    outputs: flags.list("output"),
    cacheTo: flags.list("cache-to"),
    cacheFrom: flags.list("cache-from"),
    buildArgs: flags.list("build-arg"),
    labels: flags.list("label"),
    annotations: flags.list("annotation"),
    secrets: flags.list("secret"),
    ssh: flags.list("ssh"),
    noCacheFilters: flags.list("no-cache-filter"),
  });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(object: T): Partial<Defined<T>> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Defined<T>>;
}

function onFailureOf(text = "stop"): "stop" | "finish" | "continue" {
  return text === "finish" || text === "continue" ? text : "stop";
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least) return value;
  throw new UsageError(`flag --${name}: ${JSON.stringify(text)} is not a whole number from ${least} on`);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `10m`, `1h30m` in milliseconds. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0), 0);
  if (parts.map(([part]) => part).join("") === text && total > 0) return total;
  throw new UsageError(`flag --timeout: ${JSON.stringify(text)} is no duration`, "write 90s, 10m or 1h30m");
}
