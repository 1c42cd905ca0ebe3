/** The list attributes whose elements are text or objects (spec section 22): output, caches, secrets, ssh, attestations, policies. */
import { type Parsed, parsed } from "../../../base/parsed.ts";
import type { Span } from "../../../base/span.ts";
import { attestFromEntries, parseAttestText } from "../../attributes/attest.ts";
import { cacheFromEntries, parseCacheText } from "../../attributes/cache.ts";
import type { AttestEntry, PolicyEntry, SecretEntry, SshEntry } from "../../attributes/entries.ts";
import { outputFromEntries, parseOutputText } from "../../attributes/output.ts";
import { parsePolicyText, policyFromEntries } from "../../attributes/policy.ts";
import { parseSecretText, secretFromEntries } from "../../attributes/secret.ts";
import { parseSshText, sshFromEntries } from "../../attributes/ssh.ts";
import type { Setting, TargetSettings } from "../../definition.ts";
import type { Expression } from "../../hcl/syntax.ts";
import { listValue, mapValue, objectValue, stringType, stringValue, type Type, type Value } from "../../hcl/value.ts";
import { itemExpression, textSpan } from "../blocks/part-span.ts";
import { problem } from "../problems.ts";
import type { AttributeKind } from "./attribute-kind.ts";
import { type AttributeSubject, reportType, settingAt, textOf, wholeSetting } from "./attribute-reader.ts";

/** How one of these attributes reads its elements, and what it makes of them. */
interface EntryCodec<E> {
  /** An element of text may stand for several entries. */
  readonly fromText: (text: string) => Parsed<readonly E[]>;
  readonly fromObject: (object: ObjectEntry) => Parsed<E>;
  readonly toValue: (entry: E) => Value;
  readonly elementType: Type;
  readonly settings: (entries: readonly Placed<E>[], subject: AttributeSubject) => TargetSettings;
}

/** An object element: its entries as text, and those that are lists. */
interface ObjectEntry {
  readonly texts: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

interface Placed<E> {
  readonly entry: E;
  readonly span: Span;
}

const textMapType: Type = { kind: "map", element: stringType };
const secretType: Type = objectOf([
  ["id", stringType],
  ["src", stringType],
  ["env", stringType],
]);
const sshType: Type = objectOf([
  ["id", stringType],
  ["paths", { kind: "list", element: stringType }],
]);

export const entryAttributes: Readonly<Record<string, AttributeKind>> = {
  output: entryList({
    fromText: (text) => single(parseOutputText(text)),
    fromObject: ({ texts }) => outputFromEntries(texts),
    toValue: ({ type, attributes }) => textMapValue([["dest", ""], ...attributes, ["type", type]]),
    elementType: textMapType,
    settings: (entries, subject) => ({
      output: wholeSetting(
        subject,
        entries.map(({ entry }) => entry),
      ),
    }),
  }),
  "cache-from": entryList({
    fromText: parseCacheText,
    fromObject: ({ texts }) => cacheFromEntries(texts),
    toValue: ({ type, attributes }) => textMapValue([...attributes, ["type", type]]),
    elementType: textMapType,
    settings: (entries, subject) => ({ "cache-from": each(entries, subject) }),
  }),
  "cache-to": entryList({
    fromText: parseCacheText,
    fromObject: ({ texts }) => cacheFromEntries(texts),
    toValue: ({ type, attributes }) => textMapValue([...attributes, ["type", type]]),
    elementType: textMapType,
    settings: (entries, subject) => ({
      "cache-to": wholeSetting(
        subject,
        entries.map(({ entry }) => entry),
      ),
    }),
  }),
  secret: entryList({
    fromText: (text) => single(parseSecretText(text)),
    fromObject: ({ texts }) => secretFromEntries(texts),
    toValue: secretValue,
    elementType: secretType,
    settings: (entries, subject) => ({ secret: each(entries, subject) }),
  }),
  ssh: entryList({
    fromText: (text) => single(parseSshText(text)),
    fromObject: ({ texts, lists }) => sshFromEntries(texts, lists.get("paths") ?? []),
    toValue: sshValue,
    elementType: sshType,
    settings: (entries, subject) => ({ ssh: each(entries, subject) }),
  }),
  attest: entryList({
    fromText: (text) => single(parseAttestText(text)),
    fromObject: ({ texts }) => attestFromEntries(texts),
    toValue: attestValue,
    elementType: textMapType,
    settings: (entries, subject) => ({ attest: each(entries, subject) }),
  }),
  policy: entryList({
    fromText: (text) => single(parsePolicyText(text)),
    fromObject: ({ texts }) => policyFromEntries(texts),
    toValue: policyValue,
    elementType: textMapType,
    settings: (entries, subject) => ({ policy: each(entries, subject) }),
  }),
};

/** Only `paths` of ssh may be a list inside of an object. */
const listKeys: ReadonlyMap<string, readonly string[]> = new Map([["ssh", ["paths"]]]);

function entryList<E>(codec: EntryCodec<E>): AttributeKind {
  return {
    unset: listValue(codec.elementType, []),
    read: (subject) => {
      const entries = readEntries(subject, codec);
      return (
        entries && {
          value: () =>
            listValue(
              codec.elementType,
              entries.map(({ entry }) => codec.toValue(entry)),
            ),
          settings: codec.settings(entries, subject),
        }
      );
    },
  };
}

/** Elements that are null or empty text are left out. */
function readEntries<E>(subject: AttributeSubject, codec: EntryCodec<E>): readonly Placed<E>[] | undefined {
  const { value, expression } = subject;
  if (value.kind !== "list" && value.kind !== "tuple") {
    const hint = value.kind === "string" ? `write ${subject.name} = [${JSON.stringify(value.value)}]` : undefined;
    reportType(subject, "a list", value, expression.span, hint);
    return undefined;
  }
  const found: Placed<E>[] = [];
  let complete = true;
  for (const [i, item] of value.items.entries()) {
    const written = itemExpression(expression, i, value.items.length);
    const entries = readElement(subject, { item, written, part: `[${i}]` }, codec);
    if (!entries) complete = false;
    else for (const entry of entries) found.push({ entry, span: written.span });
  }
  return complete ? found : undefined;
}

interface Element {
  readonly item: Value;
  readonly written: Expression;
  readonly part: string;
}

function readElement<E>(subject: AttributeSubject, element: Element, codec: EntryCodec<E>): readonly E[] | undefined {
  const { item, written, part } = element;
  if (item.kind === "null" || (item.kind === "string" && item.value === "")) return [];
  if (item.kind === "string") return accept(subject, element, codec.fromText(item.value), item.value);
  if (item.kind === "object" || item.kind === "map") {
    const object = readObject(subject, element, item.entries);
    return object && accept(subject, element, single(codec.fromObject(object)));
  }
  reportType(subject, "a list of strings and objects", item, written.span, undefined, part);
  return undefined;
}

function accept<E>(
  subject: AttributeSubject,
  { written, part }: Element,
  result: Parsed<readonly E[]>,
  text?: string,
): readonly E[] | undefined {
  if (result.ok) return result.value;
  const { message, offset } = result;
  subject.report.add(
    problem("buildfile/attribute-entry", {
      message: `${subject.name}${part}: ${message}`,
      span: text !== undefined && offset !== undefined ? textSpan(written, text, offset) : written.span,
    }),
  );
  return undefined;
}

function readObject(
  subject: AttributeSubject,
  { written, part }: Element,
  entries: ReadonlyMap<string, Value>,
): ObjectEntry | undefined {
  const texts = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const [key, value] of entries) {
    if (value.kind === "null") continue;
    const text = textOf(value);
    if (text !== undefined) texts.set(key, text);
    else if ("items" in value && listKeys.get(subject.name)?.includes(key)) lists.set(key, listTexts(value.items));
    else {
      reportType(subject, "made of texts", value, written.span, undefined, `${part}.${key}`);
      return undefined;
    }
  }
  return { texts, lists };
}

function listTexts(items: readonly Value[]): readonly string[] {
  return items.flatMap((item) => textOf(item) ?? []);
}

function single<E>(result: Parsed<E>): Parsed<readonly E[]> {
  return result.ok ? parsed([result.value]) : result;
}

function each<E>(entries: readonly Placed<E>[], subject: AttributeSubject): readonly Setting<E>[] {
  return entries.map(({ entry, span }) => settingAt(subject, entry, span));
}

function objectOf(attributes: readonly (readonly [string, Type])[]): Type {
  return { kind: "object", attributes: new Map(attributes), optional: new Set() };
}

function textMapValue(entries: readonly (readonly [string, string])[]): Value {
  return mapValue(
    stringType,
    entries.map(([key, text]): [string, Value] => [key, stringValue(text)]),
  );
}

function secretValue({ id, src = "", env = "" }: SecretEntry): Value {
  return objectValue([
    ["id", stringValue(id)],
    ["src", stringValue(src)],
    ["env", stringValue(env)],
  ]);
}

function sshValue({ id, paths }: SshEntry): Value {
  return objectValue([
    ["id", stringValue(id)],
    ["paths", listValue(stringType, paths.map(stringValue))],
  ]);
}

function attestValue({ type, disabled, attributes }: AttestEntry): Value {
  return textMapValue([...attributes, ["type", type], ...(disabled ? [["disabled", "true"] as const] : [])]);
}

function policyValue({ filenames, logLevel, reset, disabled, strict }: PolicyEntry): Value {
  const entries: [string, string][] = [];
  if (filenames.length > 0) entries.push(["filename", filenames.join(",")]);
  for (const [key, set] of Object.entries({ reset, disabled, strict }))
    if (set !== undefined) entries.push([key, String(set)]);
  if (logLevel !== undefined) entries.push(["log-level", logLevel]);
  return textMapValue(entries);
}
