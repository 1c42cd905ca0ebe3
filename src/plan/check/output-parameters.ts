/** The parameters each type of output has. Builders take any and ignore the ones they do not know, so they are checked here. */
import { parseBoolean } from "../../base/boolean.ts";
import { didYouMean } from "../../base/suggest.ts";
import { enumerate } from "../../base/text.ts";
import type { OutputEntry } from "../../buildfile/attributes/entries.ts";
import type { ProblemCode } from "../problem.ts";

/** Says what is wrong with a value, undefined when nothing is. */
type ValueCheck = (value: string, attributes: ReadonlyMap<string, string>) => string | undefined;

export interface OutputComplaint {
  readonly code: Extract<ProblemCode, "unknown-output-type" | "unknown-output-parameter" | "bad-output-parameter">;
  readonly message: string;
  readonly hint?: string | undefined;
}

const compressions: readonly string[] = ["gzip", "uncompressed", "zstd", "estargz"];

const anything: ValueCheck = () => undefined;
const boolean: ValueCheck = (value) =>
  parseBoolean(value) === undefined ? `is true or false, not ${quote(value)}` : undefined;
/** A key alone, `push=`, switches these on. */
const booleanOrEmpty: ValueCheck = (value, attributes) => (value === "" ? undefined : boolean(value, attributes));
const oneOf =
  (...choices: readonly string[]): ValueCheck =>
  (value) =>
    choices.includes(value) ? undefined : `is ${enumerateChoices(choices)}, not ${quote(value)}`;
const epoch: ValueCheck = (value) =>
  /^-?[0-9]+$/.test(value) ? undefined : `is a number of seconds, not ${quote(value)}`;

function level(value: string, attributes: ReadonlyMap<string, string>): string | undefined {
  const compression = attributes.get("compression") ?? "gzip";
  if (compression === "uncompressed") return "has no meaning for compression=uncompressed";
  const most = compression === "zstd" ? 22 : 9;
  if (/^[0-9]{1,2}$/.test(value) && Number(value) <= most) return undefined;
  return `is a number from 0 to ${most} for ${compression}, not ${quote(value)}`;
}

const imageLike: readonly (readonly [string, ValueCheck])[] = [
  ["name", anything],
  ["compression", oneOf(...compressions)],
  ["compression-level", level],
  ["force-compression", boolean],
  ["oci-mediatypes", boolean],
  ["oci-artifact", boolean],
  ["attestation-inline", boolean],
  ["prefer-nondist-layers", boolean],
  ["rewrite-timestamp", boolean],
  ["source-date-epoch", epoch],
  ["prefer-image-digest", boolean],
  // BuildKit has dropped these two and ignores them.
  ["buildinfo", boolean],
  ["buildinfo-attrs", boolean],
];

const image: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
  ...imageLike,
  ["push", booleanOrEmpty],
  ["push-by-digest", booleanOrEmpty],
  ["registry.insecure", booleanOrEmpty],
  ["unpack", booleanOrEmpty],
  ["store", booleanOrEmpty],
  ["name-canonical", booleanOrEmpty],
  ["dangling-name-prefix", anything],
  ["danging-name-empty-only", boolean],
]);

const archive: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
  ...imageLike,
  ["dest", anything],
  ["tar", booleanOrEmpty],
]);

const files: readonly (readonly [string, ValueCheck])[] = [
  ["dest", anything],
  ["platform-split", boolean],
  ["attestation-prefix", anything],
  ["source-date-epoch", epoch],
];

const parameters: ReadonlyMap<string, ReadonlyMap<string, ValueCheck>> = new Map<
  string,
  ReadonlyMap<string, ValueCheck>
>([
  ["image", image],
  ["registry", image],
  ["oci", archive],
  ["docker", new Map<string, ValueCheck>([...archive, ["context", anything]])],
  ["tar", new Map<string, ValueCheck>(files)],
  ["local", new Map<string, ValueCheck>([...files, ["mode", oneOf("copy", "delete")]])],
  ["cacheonly", new Map<string, ValueCheck>()],
]);

const annotation = /^annotation(?:-(?:manifest|index|manifest-descriptor|index-descriptor))?(?:\[[^\]]+\])?\../;
const annotated: ReadonlySet<string> = new Set(["image", "registry", "oci", "docker"]);

/** Everything wrong with the type, the names and the values of an output's parameters. */
export function* complaintsOf({ type, attributes }: OutputEntry): Generator<OutputComplaint> {
  const known = parameters.get(type);
  if (known === undefined) {
    const hint = didYouMean(type, parameters.keys()) ?? `known are ${enumerate([...parameters.keys()], 9)}`;
    yield { code: "unknown-output-type", message: `there is no output type ${quote(type)}`, hint };
    return;
  }
  for (const [key, value] of attributes) {
    if (annotated.has(type) && annotation.test(key)) continue;
    const check = known.get(key);
    const wrong = check?.(value, attributes);
    if (check === undefined) {
      const hint = didYouMean(key, known.keys()) ?? whatThereIs(type, known);
      yield {
        code: "unknown-output-parameter",
        message: `an output of type ${type} has no parameter ${quote(key)}`,
        hint,
      };
    } else if (wrong !== undefined) {
      yield { code: "bad-output-parameter", message: `${key} of an output of type ${type} ${wrong}` };
    }
  }
  if (isOn(attributes, "unpack") && isOn(attributes, "rewrite-timestamp")) {
    yield {
      code: "bad-output-parameter",
      message: "unpack and rewrite-timestamp exclude each other",
      hint: "drop one",
    };
  }
}

/** True for a switch that is on, the empty value included. */
export function isOn(attributes: ReadonlyMap<string, string>, key: string): boolean {
  const value = attributes.get(key);
  return value !== undefined && (value === "" || parseBoolean(value) === true);
}

function whatThereIs(type: string, known: ReadonlyMap<string, ValueCheck>): string {
  return known.size === 0 ? `${type} has no parameters` : `${type} has ${enumerate([...known.keys()], 20)}`;
}

function enumerateChoices(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
