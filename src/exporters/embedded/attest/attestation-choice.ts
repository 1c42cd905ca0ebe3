/** Which attestations a target asks for. */
import { basename } from "node:path/posix";
import { parseBoolean } from "../../../base/boolean.ts";
import type { AttestEntry } from "../../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../../../execute/ports.ts";

export interface AttestationChoice {
  readonly provenance?: ProvenanceChoice;
  readonly sbom: boolean;
}

export interface ProvenanceChoice {
  /** `max` tells of arguments, secrets' names and the Dockerfile too. */
  readonly mode: "min" | "max";
  readonly version: "v1" | "v0.2";
  readonly builderId: string;
  /** The author says that building again makes the same. */
  readonly reproducible: boolean;
  /** What it is called where it is a file. */
  readonly filename: string;
}

const usualName = "provenance.json";

export interface ChoiceOptions {
  readonly target: string;
  /** Whether what is only wanted inside of stored images counts. */
  readonly inline: boolean;
  /** When the target says nothing of provenance, a short one is put inside. */
  readonly byDefault: boolean;
}

/** Throws a BuildFailure for a value that makes no sense. The last entry of a type counts. */
export function chooseAttestations(entries: readonly AttestEntry[], options: ChoiceOptions): AttestationChoice {
  const byType = new Map(entries.map((entry) => [entry.type, entry]));
  const provenance = byType.get("provenance");
  const sbom = byType.get("sbom");
  const other = entries.find(({ type }) => type !== "provenance" && type !== "sbom");
  if (other !== undefined) throw bad(options, `there is no attestation ${JSON.stringify(other.type)}`);
  const chosen = provenance === undefined ? defaultProvenance(options) : readProvenance(provenance, options);
  return {
    ...(chosen === undefined ? {} : { provenance: chosen }),
    sbom: sbom !== undefined && wanted(sbom, options),
  };
}

function defaultProvenance({ inline, byDefault }: ChoiceOptions): ProvenanceChoice | undefined {
  return inline && byDefault
    ? { mode: "min", version: "v1", builderId: "", reproducible: false, filename: usualName }
    : undefined;
}

function readProvenance(entry: AttestEntry, options: ChoiceOptions): ProvenanceChoice | undefined {
  if (!wanted(entry, options)) return undefined;
  // Who asks for provenance and no more gets all of it: so BuildKit has it.
  const said = entry.attributes.get("mode") || "max";
  const mode = said === "full" ? "max" : said;
  const version = entry.attributes.get("version") || "v1";
  if (mode !== "min" && mode !== "max")
    throw bad(options, `provenance has no mode ${JSON.stringify(mode)}: min or max`);
  if (version !== "v1" && version !== "v0.2") {
    throw bad(options, `provenance has no version ${JSON.stringify(version)}: v1 or v0.2`);
  }
  const filename = basename(entry.attributes.get("filename") || usualName);
  if (["", ".", ".."].includes(filename)) throw bad(options, `filename=${filename} of provenance is no name of a file`);
  return {
    mode,
    version,
    builderId: entry.attributes.get("builder-id") ?? "",
    reproducible: isOn(entry, "reproducible", options),
    filename,
  };
}

function wanted(entry: AttestEntry, options: ChoiceOptions): boolean {
  return !entry.disabled && (options.inline || !isOn(entry, "inline-only", options));
}

function isOn({ type, attributes }: AttestEntry, key: string, options: ChoiceOptions): boolean {
  const text = attributes.get(key);
  const value = text === undefined ? false : text === "" ? true : parseBoolean(text);
  if (value === undefined) throw bad(options, `${key}=${text} of ${type}: expected true or false`);
  return value;
}

function bad({ target }: ChoiceOptions, message: string): BuildFailure {
  return new BuildFailure("build/bad-attribute", `attest of target ${JSON.stringify(target)}: ${message}`);
}
