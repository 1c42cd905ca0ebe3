/** The plan as bake prints it: a JSON bake file in which everything is decided (spec section 24). */
import { sortedByBytes } from "../base/text.ts";
import type {
  AttestEntry,
  CacheEntry,
  OutputEntry,
  PolicyEntry,
  SecretEntry,
  SshEntry,
} from "../buildfile/attributes/entries.ts";
import { resourceFields } from "../buildfile/attributes/resources.ts";
import { writtenPlatforms } from "./normalise.ts";
import type { Plan, PrintedGroup, Target } from "./plan.ts";

export type PrintedValue =
  | string
  | number
  | boolean
  | readonly PrintedValue[]
  | { readonly [key: string]: PrintedValue };

export interface PrintedPlan {
  /** Left out when there are no groups. */
  readonly group?: Readonly<Record<string, { readonly description?: string; readonly targets: readonly string[] }>>;
  readonly target: Readonly<Record<string, Readonly<Record<string, PrintedValue>>>>;
}

/** The JSON text, byte for byte what Go's encoder would write, with a newline at the end. Written at once: a tree of what to write would be as large as all that was planned. */
export function printPlan(plan: Plan): string {
  const groups = sortedByBytes(plan.groups.keys()).map((name) => {
    const group = plan.groups.get(name);
    return group === undefined ? "" : field(textOf(name), groupText(group), atName);
  });
  const targets = sortedByBytes(plan.targets.keys()).map((name) => {
    const target = plan.targets.get(name);
    return target === undefined ? "" : field(textOf(name), targetText(target), atName);
  });
  const document =
    field('"group"', filledObject(groups.join(""), atTop), atTop) +
    field('"target"', objectText(targets.join(""), atTop), atTop);
  return `${objectText(document, ",\n")}\n`;
}

/** The same as data. */
export function planAsJson(plan: Plan): PrintedPlan {
  return JSON.parse(printPlan(plan));
}

// What stands before each field: the comma after the one before, a newline, and how far the field is indented.
const atTop = ",\n  ";
const atName = ",\n    ";
const atField = ",\n      ";
const atItem = ",\n        ";
const atItemField = ",\n          ";

/**
 * A field of an object as text, with the comma that separates it from the one before; nothing for a value that is left out.
 * Objects are written from their fields as text, because a JavaScript object would not keep the order of keys like `10` and `9`.
 */
function field(key: string, value: string | undefined, indent: string): string {
  return value === undefined ? "" : `${indent}${key}: ${value}`;
}

/** `indent` is that of the line the object begins in. */
function objectText(fields: string, indent: string): string {
  return fields === "" ? "{}" : `{${fields.slice(1)}${indent.slice(1)}}`;
}

function filledObject(fields: string, indent: string): string | undefined {
  return fields === "" ? undefined : objectText(fields, indent);
}

function listText(items: readonly string[], indent: string): string {
  return items.length === 0 ? "[]" : `[${indent.slice(1)}  ${items.join(`${indent}  `)}${indent.slice(1)}]`;
}

function filledList(items: readonly string[], indent: string): string | undefined {
  return items.length === 0 ? undefined : listText(items, indent);
}

function groupText({ description, targets }: PrintedGroup): string {
  const fields =
    field('"description"', optionalText(description), atField) +
    field('"targets"', listText(targets.map(textOf), atField), atField);
  return objectText(fields, atName);
}

/** Joined, because that makes one text of many: a text made by + is a tree of what it was made of, and those of all targets would have to be kept. */
function targetText(target: Target): string {
  const fields = [
    field('"description"', optionalText(target.description), atField),
    list('"annotations"', target.annotations, markedText),
    list('"attest"', target.attest, attestText),
    field('"context"', textOf(target.context), atField),
    map('"contexts"', target.contexts, textOf),
    field('"dockerfile"', textOf(target.dockerfile), atField),
    field('"dockerfile-inline"', optionalText(target.dockerfileInline, markedText), atField),
    map('"args"', target.args, markedText),
    map('"labels"', target.labels, markedText),
    list('"tags"', target.tags, textOf),
    list('"cache-from"', target.cacheFrom, typedText),
    list('"cache-to"', target.cacheTo, typedText),
    field('"target"', optionalText(target.stage), atField),
    list('"secret"', target.secret, secretText),
    list('"ssh"', target.ssh, sshText),
    list('"platforms"', writtenPlatforms(target.settings), textOf),
    list('"output"', target.output, typedText),
    field('"pull"', optionalFlag(target.pull), atField),
    field('"no-cache"', optionalFlag(target.noCache), atField),
    field('"network"', optionalText(target.network), atField),
    list('"no-cache-filter"', target.noCacheFilter, textOf),
    field('"shm-size"', optionalText(target.shmSize), atField),
    list('"ulimits"', target.ulimits, textOf),
    field('"resources"', resourcesText(target), atField),
    field('"call"', optionalText(target.call), atField),
    list('"entitlements"', target.entitlements, textOf),
    map('"extra-hosts"', target.extraHosts, markedText),
    list('"policy"', target.policy, policyText),
  ];
  return objectText(fields.join(""), atName);
}

/** A field of a target that is left out when the list is empty. */
function list<T>(key: string, items: readonly T[], render: (item: T) => string): string {
  return items.length === 0 ? "" : field(key, listText(items.map(render), atField), atField);
}

/** A field of a target that is left out when the map is empty. */
function map(key: string, entries: ReadonlyMap<string, string>, render: (value: string) => string): string {
  if (entries.size === 0) return "";
  let fields = "";
  sortedByBytes(entries.keys()).forEach((name) => {
    fields += field(textOf(name), render(entries.get(name) ?? ""), atItem);
  });
  return field(key, objectText(fields, atField), atField);
}

function optionalText(value: string | undefined, render: (value: string) => string = textOf): string | undefined {
  return value === undefined ? undefined : render(value);
}

function optionalFlag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function typedText({ type, attributes }: OutputEntry | CacheEntry): string {
  return itemText(new Map([...attributes, ["type", type]]));
}

/** Among the sorted keys `disabled` is no text. */
function attestText({ type, disabled, attributes }: AttestEntry): string {
  const entries = new Map<string, string | boolean>([...attributes, ["type", type]]);
  if (disabled) entries.set("disabled", true);
  return itemText(entries);
}

/** An object in a list. */
function itemText(entries: ReadonlyMap<string, string | boolean>): string {
  let fields = "";
  for (const key of sortedByBytes(entries.keys())) {
    const value = entries.get(key);
    fields += field(textOf(key), typeof value === "string" ? textOf(value) : optionalFlag(value), atItemField);
  }
  return objectText(fields, atItem);
}

function secretText({ id, src, env }: SecretEntry): string {
  const fields =
    field('"id"', optionalText(id || undefined), atItemField) +
    field('"src"', optionalText(src), atItemField) +
    field('"env"', optionalText(env), atItemField);
  return objectText(fields, atItem);
}

function sshText({ id, paths }: SshEntry): string {
  const fields =
    field('"id"', optionalText(id || undefined), atItemField) +
    field('"paths"', filledList(paths.map(textOf), atItemField), atItemField);
  return objectText(fields, atItem);
}

/** The object form has room for one file; several can only be said as text. */
function policyText({ filenames, reset, disabled, strict, logLevel }: PolicyEntry): string {
  if (filenames.length < 2) {
    const fields =
      field('"filename"', optionalText(filenames[0]), atItemField) +
      field('"reset"', optionalFlag(reset), atItemField) +
      field('"disabled"', optionalFlag(disabled), atItemField) +
      field('"strict"', optionalFlag(strict), atItemField) +
      field('"log-level"', optionalText(logLevel), atItemField);
    return objectText(fields, atItem);
  }
  const parts = filenames.map((name) => `filename=${name}`);
  for (const [key, value] of Object.entries({ reset, disabled, strict, "log-level": logLevel })) {
    if (value !== undefined) parts.push(`${key}=${value}`);
  }
  return textOf(parts.map(csvField).join(","));
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function resourcesText({ resources }: Target): string | undefined {
  if (resources === undefined) return undefined;
  let fields = "";
  for (const name of resourceFields) {
    const value = resources[name];
    fields += field(`"${name}"`, typeof value === "number" ? String(value) : optionalText(value), atItem);
  }
  return filledObject(fields, atField);
}

/**
 * Text whose template marks are doubled, so that they stay text when the print is read as a build file. Done where bake does it and
 * nowhere else, because the print is compared with bake's.
 */
function markedText(value: string): string {
  return textOf(value.includes("{") ? value.replace(/[$%](?=\{)/g, (mark) => mark + mark) : value);
}

/** Printable ASCII without what JSON or Go escapes: nearly every text there is. */
const plainText = /^[ !#-%'-;=?-[\]-~]*$/;

/** Go escapes what could end a script element, and line separators. */
function textOf(value: string): string {
  if (plainText.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
