/** The plan as bake prints it: a JSON bake file in which everything is decided (spec section 24). */
import { compareBytes } from "../base/text.ts";
import type {
  AttestEntry,
  CacheEntry,
  OutputEntry,
  PolicyEntry,
  SecretEntry,
  SshEntry,
} from "../buildfile/attributes/entries.ts";
import { resourceFields } from "../buildfile/attributes/resources.ts";
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

/** The JSON text, byte for byte what Go's encoder would write, with a newline at the end. */
export function printPlan(plan: Plan): string {
  return `${render(documentOf(plan), "")}\n`;
}

/** The same as data. */
export function planAsJson(plan: Plan): PrintedPlan {
  const groups = [...plan.groups].map(([name, { description, targets }]) => {
    return [name, description === undefined ? { targets } : { description, targets }] as const;
  });
  const target = Object.fromEntries([...plan.targets].map(([name, each]) => [name, fieldsAsJson(fieldsOf(each))]));
  return groups.length === 0 ? { target } : { group: Object.fromEntries(groups), target };
}

/** Objects are lists of fields: a JavaScript object would not keep the order of keys like `10` and `9`. */
type Node = string | number | boolean | readonly Node[] | Fields;

class Fields {
  readonly list: (readonly [string, Node])[] = [];

  /** Leaves out what is not there: undefined, empty lists and empty objects. */
  add(key: string, value: Node | undefined): this {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return this;
    if (value instanceof Fields && value.list.length === 0) return this;
    this.list.push([key, value]);
    return this;
  }
}

function documentOf(plan: Plan): Fields {
  const groups = new Fields();
  for (const [name, group] of sortedEntries(plan.groups)) groups.add(name, groupFields(group));
  const targets = new Fields();
  // A target has a context at least, so none is left out.
  for (const [name, target] of sortedEntries(plan.targets)) targets.add(name, fieldsOf(target));
  const document = new Fields().add("group", groups);
  document.list.push(["target", targets]);
  return document;
}

function groupFields({ description, targets }: PrintedGroup): Fields {
  const fields = new Fields().add("description", description);
  fields.list.push(["targets", targets]);
  return fields;
}

function fieldsOf(target: Target): Fields {
  return new Fields()
    .add("description", target.description)
    .add("annotations", target.annotations.map(escapeMarks))
    .add("attest", target.attest.map(attestFields))
    .add("context", target.context)
    .add("contexts", plainFields(target.contexts))
    .add("dockerfile", target.dockerfile)
    .add("dockerfile-inline", target.dockerfileInline === undefined ? undefined : escapeMarks(target.dockerfileInline))
    .add("args", escapedFields(target.args))
    .add("labels", escapedFields(target.labels))
    .add("tags", target.tags)
    .add("cache-from", target.cacheFrom.map(typedFields))
    .add("cache-to", target.cacheTo.map(typedFields))
    .add("target", target.stage)
    .add("secret", target.secret.map(secretFields))
    .add("ssh", target.ssh.map(sshFields))
    .add("platforms", target.platforms)
    .add("output", target.output.map(typedFields))
    .add("pull", target.pull)
    .add("no-cache", target.noCache)
    .add("network", target.network)
    .add("no-cache-filter", target.noCacheFilter)
    .add("shm-size", target.shmSize)
    .add("ulimits", target.ulimits)
    .add("resources", resourceValues(target))
    .add("call", target.call)
    .add("entitlements", target.entitlements)
    .add("extra-hosts", escapedFields(target.extraHosts))
    .add("policy", target.policy.map(policyNode));
}

function plainFields(map: ReadonlyMap<string, string>): Fields {
  const fields = new Fields();
  for (const [key, value] of sortedEntries(map)) fields.add(key, value);
  return fields;
}

function escapedFields(map: ReadonlyMap<string, string>): Fields {
  const fields = new Fields();
  for (const [key, value] of sortedEntries(map)) fields.add(key, escapeMarks(value));
  return fields;
}

function typedFields({ type, attributes }: OutputEntry | CacheEntry): Fields {
  return plainFields(new Map([...attributes, ["type", type]]));
}

/** Among the sorted keys `disabled` is no text. */
function attestFields({ type, disabled, attributes }: AttestEntry): Fields {
  const fields = new Fields();
  const entries = new Map<string, string | boolean>([...attributes, ["type", type]]);
  if (disabled) entries.set("disabled", true);
  for (const [key, value] of sortedEntries(entries)) fields.add(key, value);
  return fields;
}

function secretFields({ id, src, env }: SecretEntry): Fields {
  return new Fields()
    .add("id", id || undefined)
    .add("src", src)
    .add("env", env);
}

function sshFields({ id, paths }: SshEntry): Fields {
  return new Fields().add("id", id || undefined).add("paths", paths);
}

/** The object form has room for one file; several can only be said as text. */
function policyNode({ filenames, reset, disabled, strict, logLevel }: PolicyEntry): Node {
  if (filenames.length < 2) {
    return new Fields()
      .add("filename", filenames[0])
      .add("reset", reset)
      .add("disabled", disabled)
      .add("strict", strict)
      .add("log-level", logLevel);
  }
  const fields = filenames.map((name) => `filename=${name}`);
  for (const [key, value] of Object.entries({ reset, disabled, strict, "log-level": logLevel })) {
    if (value !== undefined) fields.push(`${key}=${value}`);
  }
  return fields.map(csvField).join(",");
}

function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function resourceValues({ resources = {} }: Target): Fields {
  const fields = new Fields();
  for (const field of resourceFields) fields.add(field, resources[field]);
  return fields;
}

/**
 * Doubles template marks so that they stay text when the print is read as a build file. Done where bake does it and nowhere else,
 * because the print is compared with bake's.
 */
function escapeMarks(value: string): string {
  return value.includes("{") ? value.replace(/[$%](?=\{)/g, (mark) => mark + mark) : value;
}

function sortedEntries<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return map.size < 2 ? [...map] : [...map].sort(([a], [b]) => compareBytes(a, b));
}

function render(node: Node, indent: string): string {
  const deeper = `${indent}  `;
  if (node instanceof Fields) {
    if (node.list.length === 0) return "{}";
    const lines = node.list.map(([key, value]) => `${deeper}${renderText(key)}: ${render(value, deeper)}`);
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }
  if (typeof node === "string") return renderText(node);
  if (typeof node === "number" || typeof node === "boolean") return String(node);
  if (node.length === 0) return "[]";
  return `[\n${node.map((item) => `${deeper}${render(item, deeper)}`).join(",\n")}\n${indent}]`;
}

/** Printable ASCII without what JSON or Go escapes: nearly every text there is. */
const plainText = /^[ !#-%'-;=?-[\]-~]*$/;

/** Go escapes what could end a script element, and line separators. */
function renderText(value: string): string {
  if (plainText.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function nodeAsJson(node: Node): PrintedValue {
  if (node instanceof Fields) return fieldsAsJson(node);
  return typeof node === "object" ? node.map(nodeAsJson) : node;
}

function fieldsAsJson({ list }: Fields): Record<string, PrintedValue> {
  return Object.fromEntries(list.map(([key, value]) => [key, nodeAsJson(value)]));
}
