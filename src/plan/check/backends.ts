/** Caches and attestations: types and parameters that builders would refuse late, or ignore without a word. */
import { didYouMean } from "../../base/suggest.ts";
import { enumerate } from "../../base/text.ts";
import type { CacheEntry } from "../../buildfile/attributes/entries.ts";
import type { Origin } from "../../buildfile/definition.ts";
import type { Target } from "../plan.ts";
import { problem } from "../problem.ts";
import type { CheckContext } from "./context.ts";

type Direction = "cache-from" | "cache-to";

const cacheTypes: readonly string[] = ["registry", "local", "inline", "gha", "s3", "azblob"];
const attestationTypes: readonly string[] = ["provenance", "sbom"];

export function checkCaches(target: Target, context: CheckContext): void {
  target.settings["cache-from"]?.forEach(({ value, origin }) => {
    checkCache(target.name, "cache-from", { cache: value, origin }, context);
  });
  const origin = target.settings["cache-to"]?.origin;
  target.cacheTo.forEach((cache) => {
    checkCache(target.name, "cache-to", { cache, origin }, context);
  });
}

export function checkAttestations(target: Target, { report }: CheckContext): void {
  target.settings.attest?.forEach(({ value, origin }) => {
    if (attestationTypes.includes(value.type)) return;
    const message = `attest of ${quote(target.name)}: there is no attestation ${quote(value.type)}`;
    const hint = didYouMean(value.type, attestationTypes) ?? "known are provenance and sbom";
    report.add(problem("unknown-attestation", message, { severity: "warning", origin, hint }));
  });
}

function checkCache(
  target: string,
  direction: Direction,
  { cache, origin }: { readonly cache: CacheEntry; readonly origin: Origin | undefined },
  { report, buildSeverity: severity }: CheckContext,
): void {
  const where = `${direction} of ${quote(target)}`;
  if (!cacheTypes.includes(cache.type)) {
    const hint = didYouMean(cache.type, cacheTypes) ?? `known are ${enumerate(cacheTypes, 9)}`;
    report.add(
      problem("unknown-cache-type", `${where}: there is no cache type ${quote(cache.type)}`, {
        severity,
        origin,
        hint,
      }),
    );
    return;
  }
  const lacking = neededBy(cache.type, direction);
  if (lacking !== undefined && (cache.attributes.get(lacking) ?? "") === "") {
    const message = `${where}: a cache of type ${cache.type} needs ${lacking}`;
    report.add(problem("bad-cache-parameter", message, { severity, origin, hint: `add ${lacking}=…` }));
  }
  const mode = cache.attributes.get("mode");
  if (direction === "cache-to" && mode !== undefined && mode !== "min" && mode !== "max") {
    const message = `${where}: mode is min or max, not ${quote(mode)}`;
    report.add(problem("bad-cache-parameter", message, { severity, origin, hint: didYouMean(mode, ["min", "max"]) }));
  }
}

function neededBy(type: string, direction: Direction): string | undefined {
  if (type === "registry") return "ref";
  if (type === "local") return direction === "cache-to" ? "dest" : "src";
  return undefined;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
