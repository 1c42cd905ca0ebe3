/** The rules a build's sources must follow, as a file says them: `{"rules": [{"action", "selector", "updates"}]}`. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "../../base/errors.ts";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import { isRecord } from "../../base/json-shape.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { sourcePolicyVariable } from "../../execute/target/source-policy.ts";
import {
  AttrConstraint,
  AttrMatch,
  MatchType,
  Policy,
  PolicyAction,
  Rule,
  Selector,
  Update,
} from "../gen/source-policy.ts";

/** Undefined without one. Rejects with a BuildFailure for a file that cannot be read or says what nobody understands: it would allow too much. */
export async function loadSourcePolicy(host: HostEnvironment, workingFolder: string): Promise<Policy | undefined> {
  const path = variable(host, sourcePolicyVariable);
  if (path === undefined) return undefined;
  try {
    return parseSourcePolicy(await readFile(resolve(workingFolder, path), "utf8"));
  } catch (error) {
    throw new BuildFailure("build/source-policy", `the source policy ${path} cannot be used: ${messageOf(error)}`, {
      hint: `correct the file, or unset ${sourcePolicyVariable}`,
      cause: error,
    });
  }
}

/** Throws an error that says what is wrong, and where in the document. */
export function parseSourcePolicy(text: string): Policy {
  const document = fieldsOf(JSON.parse(text), "the document", ["version", "rules"]);
  return Policy.create({
    version: versionOf(document.get("version")),
    rules: listOf(document, "rules", "").map(ruleOf),
  });
}

/** By its name in small letters, as the keys are read. */
type Fields = ReadonlyMap<string, unknown>;

function ruleOf(value: unknown, index: number): Rule {
  const place = `rules[${index}]`;
  const fields = fieldsOf(value, place, ["action", "selector", "updates"]);
  return Rule.create({
    action: choiceOf(fields, "action", PolicyAction, place),
    selector: fields.has("selector") ? selectorOf(fields.get("selector"), `${place}.selector`) : undefined,
    updates: fields.has("updates") ? updateOf(fields.get("updates"), `${place}.updates`) : undefined,
  });
}

function selectorOf(value: unknown, place: string): Selector {
  const fields = fieldsOf(value, place, ["identifier", "matchtype", "constraints"]);
  return Selector.create({
    identifier: textOf(fields, "identifier", place),
    matchType: choiceOf(fields, "matchtype", MatchType, place),
    constraints: listOf(fields, "constraints", `${place}.`).map((each, index) =>
      constraintOf(each, `${place}.constraints[${index}]`),
    ),
  });
}

function constraintOf(value: unknown, place: string): AttrConstraint {
  const fields = fieldsOf(value, place, ["key", "value", "condition"]);
  return AttrConstraint.create({
    key: textOf(fields, "key", place),
    value: textOf(fields, "value", place),
    condition: choiceOf(fields, "condition", AttrMatch, place),
  });
}

function updateOf(value: unknown, place: string): Update {
  const fields = fieldsOf(value, place, ["identifier", "attrs"]);
  const attributes = fields.get("attrs") ?? {};
  if (!isRecord(attributes)) throw new Error(`${place}.attrs is no object`);
  const attrs = Object.entries(attributes).map(([key, each]): readonly [string, string] => {
    if (typeof each !== "string") throw new Error(`${place}.attrs.${key} is no text`);
    return [key, each];
  });
  return Update.create({ identifier: textOf(fields, "identifier", place), attrs: new Map(attrs) });
}

/** A key that is not known would be a rule that is not followed. */
function fieldsOf(value: unknown, place: string, known: readonly string[]): Fields {
  if (!isRecord(value)) throw new Error(`${place} is no object`);
  const fields = new Map(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([key, each]) => [key.toLowerCase().replaceAll("_", ""), each]),
  );
  const stranger = [...fields.keys()].find((key) => !known.includes(key));
  if (stranger !== undefined) throw new Error(`${place} has the unknown key ${JSON.stringify(stranger)}`);
  return fields;
}

function listOf(fields: Fields, key: string, place: string): readonly unknown[] {
  const value = fields.get(key) ?? [];
  if (Array.isArray(value)) return value;
  throw new Error(`${place}${key} is no list`);
}

function textOf(fields: Fields, key: string, place: string): string {
  const value = fields.get(key) ?? "";
  if (typeof value === "string") return value;
  throw new Error(`${place}.${key} is no text`);
}

/** One of a few, by its name or number; the first when it is not said. */
function choiceOf<T extends number>(
  fields: Fields,
  key: string,
  choices: Readonly<Record<string, T>>,
  place: string,
): T {
  const value = fields.get(key) ?? 0;
  const found = Object.entries(choices).find(([name, number]) => value === name || value === number);
  if (found !== undefined) return found[1];
  throw new Error(`${place}.${key} is ${JSON.stringify(value)}, not ${Object.keys(choices).join(", ")}`);
}

function versionOf(value: unknown): bigint {
  if (value === undefined) return 0n;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new Error("version is no number");
}
