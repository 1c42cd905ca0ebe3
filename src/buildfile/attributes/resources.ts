/** Limits of the resources of build containers: the object `resources`, and one field of it as `--set` gives it. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { Resources } from "./entries.ts";

type TextField = "memory" | "memory-swap" | "cpuset-cpus" | "cpuset-mems";
type NumberField = "cpu-shares" | "cpu-period" | "cpu-quota";

const textFields: readonly TextField[] = ["memory", "memory-swap", "cpuset-cpus", "cpuset-mems"];
const numberFields: readonly NumberField[] = ["cpu-shares", "cpu-period", "cpu-quota"];

/** Every field, in the order in which they are printed. */
export const resourceFields: readonly (keyof Resources)[] = [
  "memory",
  "memory-swap",
  "cpu-shares",
  "cpu-period",
  "cpu-quota",
  "cpuset-cpus",
  "cpuset-mems",
];

/** One field; an unknown name and a number that is none are errors. Sizes are checked by validation. */
export function parseResourceField(name: string, text: string): Parsed<Resources> {
  const textField = textFields.find((field) => field === name);
  if (textField !== undefined) return parsed({ [textField]: text });
  const numberField = numberFields.find((field) => field === name);
  if (numberField === undefined) {
    const hint = didYouMean(name, resourceFields) ?? `known are ${resourceFields.join(", ")}`;
    return unparsed(`resources have no field ${JSON.stringify(name)} (${hint})`);
  }
  const value = /^[+-]?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    return unparsed(`${numberField} is a whole number, not ${JSON.stringify(text)}`);
  }
  return parsed({ [numberField]: value });
}

/** The object form. Unknown keys are left out. */
export function resourcesFromEntries(entries: ReadonlyMap<string, string>): Parsed<Resources> {
  let resources: Resources = {};
  for (const [name, text] of entries) {
    if (!resourceFields.some((field) => field === name)) continue;
    const field = parseResourceField(name, text);
    if (!field.ok) return field;
    resources = { ...resources, ...field.value };
  }
  return parsed(resources);
}
