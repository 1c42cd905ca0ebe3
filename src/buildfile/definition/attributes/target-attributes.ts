/** The attributes of a target (spec section 16): what each may hold, what it sets, and what a reference to it gives. */
import { didYouMean } from "../../../base/suggest.ts";
import type { Resources } from "../../attributes/entries.ts";
import { resourceFields, resourcesFromEntries } from "../../attributes/resources.ts";
import type { Setting, TargetSettings } from "../../definition.ts";
import {
  boolType,
  boolValue,
  listValue,
  mapValue,
  nullOf,
  nullValue,
  objectValue,
  stringType,
  stringValue,
  type Value,
} from "../../hcl/value.ts";
import { joinToFolder } from "../blocks/relative-path.ts";
import { problem } from "../problems.ts";
import type { AttributeKind, AttributeReading } from "./attribute-kind.ts";
import {
  type AttributeSubject,
  readBoolean,
  readText,
  readTextList,
  readTextMap,
  settingAt,
  wholeSetting,
} from "./attribute-reader.ts";
import { entryAttributes } from "./entry-attributes.ts";

/** `matrix` and `name` are not among them: they are evaluated before there are targets. */
export const targetAttributes: ReadonlyMap<string, AttributeKind> = new Map(
  Object.entries<AttributeKind>({
    inherits: appendedList((inherits) => ({ inherits })),
    description: text((description) => ({ description }), stringValue("")),
    context: text((context, { folder }) => ({ context: folder === undefined ? context : inFolder(context, folder) })),
    dockerfile: text((dockerfile) => ({ dockerfile })),
    "dockerfile-inline": text((inline) => ({ "dockerfile-inline": inline })),
    target: text((target) => ({ target })),
    network: text((network) => ({ network })),
    "shm-size": text((size) => ({ "shm-size": size })),
    call: text((call) => ({ call })),
    pull: flag((pull) => ({ pull })),
    "no-cache": flag((noCache) => ({ "no-cache": noCache })),
    args: map((args) => ({ args })),
    labels: map((labels) => ({ labels })),
    "extra-hosts": map((hosts) => ({ "extra-hosts": hosts })),
    contexts: map(
      (contexts, { folder }) => ({
        contexts:
          folder === undefined ? contexts : new Map([...contexts].map(([key, path]) => [key, inFolder(path, folder)])),
      }),
      { refuseNull: true },
    ),
    tags: replacedList((tags) => ({ tags })),
    platforms: replacedList((platforms) => ({ platforms })),
    annotations: appendedList((annotations) => ({ annotations })),
    "no-cache-filter": appendedList((filter) => ({ "no-cache-filter": filter })),
    ulimits: appendedList((ulimits) => ({ ulimits })),
    entitlements: appendedList((entitlements) => ({ entitlements })),
    resources: { unset: nullValue, read: readResources },
    ...entryAttributes,
  }),
);

/** Words of the command line and of compose that people write for an attribute. */
export const familiarNames: ReadonlyMap<string, string> = new Map([
  ["build-arg", "args"],
  ["build-args", "args"],
  ["additional_contexts", "contexts"],
  ["file", "dockerfile"],
  ["stage", "target"],
  ["depends_on", "contexts"],
  ["extends", "inherits"],
]);

function text(
  settings: (setting: Setting<string>, subject: AttributeSubject) => TargetSettings,
  unset: Value = nullOf(stringType),
): AttributeKind {
  return {
    unset,
    read: (subject) => {
      const value = readText(subject);
      return value === undefined
        ? undefined
        : { value: () => stringValue(value), settings: settings(wholeSetting(subject, value), subject) };
    },
  };
}

function flag(settings: (setting: Setting<boolean>) => TargetSettings): AttributeKind {
  return {
    unset: nullOf(boolType),
    read: (subject) => {
      const value = readBoolean(subject);
      return value === undefined
        ? undefined
        : { value: () => boolValue(value), settings: settings(wholeSetting(subject, value)) };
    },
  };
}

function map(
  settings: (entries: ReadonlyMap<string, Setting<string>>, subject: AttributeSubject) => TargetSettings,
  options = { refuseNull: false },
): AttributeKind {
  return {
    unset: nullOf({ kind: "map", element: stringType }),
    read: (subject) => {
      const entries = readTextMap(subject, options, (text, span) => settingAt(subject, text, span));
      return entries && { value: () => textMapValue(entries), settings: settings(entries, subject) };
    },
  };
}

function replacedList(settings: (setting: Setting<readonly string[]>) => TargetSettings): AttributeKind {
  return {
    unset: nullOf({ kind: "list", element: stringType }),
    read: (subject) => {
      const texts = readTextList(subject, (text) => text);
      return texts && { value: () => textListValue(texts), settings: settings(wholeSetting(subject, texts)) };
    },
  };
}

function appendedList(settings: (items: readonly Setting<string>[]) => TargetSettings): AttributeKind {
  return {
    unset: nullOf({ kind: "list", element: stringType }),
    read: (subject) => {
      const items = readTextList(subject, (text, span) => settingAt(subject, text, span));
      return items && { value: () => textListValue(items.map(({ value }) => value)), settings: settings(items) };
    },
  };
}

function readResources(subject: AttributeSubject): AttributeReading | undefined {
  const entries = readTextMap(subject, { refuseNull: false }, (text, span) => ({ text, span }));
  if (!entries) return undefined;
  const names: readonly string[] = resourceFields;
  for (const [key, { span }] of entries) {
    if (names.includes(key)) continue;
    subject.report.add(
      problem("buildfile/unknown-attribute", {
        message: `resources have no field ${JSON.stringify(key)}, so it is ignored`,
        span,
        hint: didYouMean(key, names) ?? `they have ${names.join(", ")}`,
      }),
    );
  }
  const resources = resourcesFromEntries(new Map([...entries].map(([key, { text }]) => [key, text])));
  if (resources.ok)
    return {
      value: () => resourcesValue(resources.value),
      settings: { resources: wholeSetting(subject, resources.value) },
    };
  const [, blamed] = [...entries].find(([key]) => resources.message.startsWith(key)) ?? [];
  subject.report.add(
    problem("buildfile/attribute-type", {
      message: `resources: ${resources.message}`,
      span: blamed?.span ?? subject.expression.span,
    }),
  );
  return undefined;
}

function resourcesValue(resources: Resources): Value {
  const set: [string, Value][] = [];
  for (const field of resourceFields) {
    const value = resources[field];
    if (value !== undefined) set.push([field, stringValue(String(value))]);
  }
  return objectValue(set);
}

function textMapValue(entries: ReadonlyMap<string, Setting<string>>): Value {
  return mapValue(
    stringType,
    [...entries].map(([key, { value }]): [string, Value] => [key, stringValue(value)]),
  );
}

function textListValue(texts: readonly string[]): Value {
  return listValue(stringType, texts.map(stringValue));
}

function inFolder(setting: Setting<string>, folder: string): Setting<string> {
  return { ...setting, value: joinToFolder(folder, setting.value) };
}
