/** `x-bake` in a build section: attributes of targets for which compose has no words. */
import type { Span } from "../../../base/span.ts";
import { didYouMean } from "../../../base/suggest.ts";
import { parseOutputText } from "../../attributes/output.ts";
import { parseSecretText } from "../../attributes/secret.ts";
import { parseSshText } from "../../attributes/ssh.ts";
import type { Setting, TargetSettings } from "../../definition.ts";
import { SettingsDraft } from "../../settings-draft.ts";
import { composeProblem } from "../compose-problems.ts";
import type { ComposeNode } from "../node.ts";
import { caches, sortedSsh, wholeList } from "./build-keys.ts";
import { linkedAddress } from "./contexts.ts";
import { acceptEntry, type ServiceContext, settingAt } from "./service-context.ts";
import type { NamedValue, PlacedText } from "./value-reader.ts";

type ReadKey = (value: NamedValue, context: ServiceContext) => TargetSettings;

const keys: ReadonlyMap<string, ReadKey> = new Map<string, ReadKey>([
  ["tags", textList((tags) => ({ tags }))],
  ["platforms", textList((platforms) => ({ platforms }))],
  ["cache-from", (value, context) => ({ "cache-from": caches(words(value, context), value.name, context) })],
  ["cache-to", cacheTo],
  ["output", output],
  ["secret", (value, context) => ({ secret: entries(value, context, parseSecretText) })],
  ["ssh", (value, context) => ({ ssh: entries(value, context, parseSshText) })],
  ["no-cache-filter", noCacheFilter],
  ["pull", flag((pull) => ({ pull }))],
  ["no-cache", flag((noCache) => ({ "no-cache": noCache }))],
  ["contexts", contexts],
]);

/** What `x-bake` adds to the settings of the build section it stands in. */
export function withExtension(build: TargetSettings, value: NamedValue, context: ServiceContext): TargetSettings {
  const extension = readExtension(value, context);
  // The contexts of the build section win, everything else of the extension is laid over it.
  const draft = SettingsDraft.of(extension.contexts ? { contexts: extension.contexts } : {});
  draft.merge(build);
  const { contexts: _, tags, platforms, output, "cache-to": cacheTo, ...laidOver } = extension;
  draft.merge(laidOver);
  draft.append({
    ...(tags && { tags }),
    ...(platforms && { platforms }),
    ...(output && { output }),
    ...(cacheTo && { "cache-to": cacheTo }),
  });
  const settings = draft.finish();
  return settings.ssh ? { ...settings, ssh: sortedSsh(settings.ssh) } : settings;
}

function readExtension(value: NamedValue, context: ServiceContext): TargetSettings {
  let settings: TargetSettings = {};
  for (const [key, entry] of context.reader.entries(value)) {
    if (entry.value.kind === "null") continue;
    const read = keys.get(key);
    if (read) settings = { ...settings, ...read({ name: `${value.name}.${key}`, node: entry.value }, context) };
    else reportUnknown(key, entry.key, context);
  }
  return settings;
}

function reportUnknown(key: string, span: Span, { report }: ServiceContext): void {
  report.add(
    composeProblem("compose/ignored-key", span, `x-bake has no key ${JSON.stringify(key)}, so it is ignored`, {
      hint:
        didYouMean(key.replaceAll("_", "-"), keys.keys()) ?? closeTo(key) ?? `it has ${[...keys.keys()].join(", ")}`,
    }),
  );
}

/** `cache_from` is one step from a name that exists. */
function closeTo(key: string): string | undefined {
  const dashed = key.replaceAll("_", "-");
  return keys.has(dashed) ? `did you mean ${JSON.stringify(dashed)}?` : undefined;
}

/** A list of texts, or one text that is split at white space. */
function words({ name, node }: NamedValue, { reader }: ServiceContext): readonly PlacedText[] {
  if (node.kind === "list") {
    return reader
      .items({ name, node })
      .flatMap((item: ComposeNode, i) => reader.anyScalar({ name: `${name}[${i}]`, node: item }) ?? []);
  }
  const whole = reader.anyScalar({ name, node });
  return whole === undefined
    ? []
    : whole.text.split(/\s+/).flatMap((text) => (text ? [{ text, span: whole.span }] : []));
}

function textList(settings: (setting: Setting<readonly string[]>) => TargetSettings): ReadKey {
  return (value, context) => {
    const texts = words(value, context).map(({ text }) => text);
    const setting = wholeList(texts, value, context);
    return setting ? settings(setting) : {};
  };
}

function flag(settings: (setting: Setting<boolean>) => TargetSettings): ReadKey {
  return (value, context) => {
    const on = context.reader.boolean(value);
    return on === undefined ? {} : settings(settingAt(context, on, value.node.span));
  };
}

function entries<T>(
  value: NamedValue,
  context: ServiceContext,
  parse: (text: string) => Parameters<typeof acceptEntry<T>>[1]["result"],
): readonly Setting<T>[] {
  return words(value, context).flatMap((entry) => {
    return entry.text === ""
      ? []
      : (acceptEntry(context, { name: value.name, entry, result: parse(entry.text) }) ?? []);
  });
}

function output(value: NamedValue, context: ServiceContext): TargetSettings {
  const list = entries(value, context, parseOutputText).map((setting) => setting.value);
  const setting = wholeList(list, value, context);
  return setting ? { output: setting } : {};
}

function cacheTo(value: NamedValue, context: ServiceContext): TargetSettings {
  const list = caches(words(value, context), value.name, context).map((setting) => setting.value);
  const setting = wholeList(list, value, context);
  return setting ? { "cache-to": setting } : {};
}

function noCacheFilter(value: NamedValue, context: ServiceContext): TargetSettings {
  return { "no-cache-filter": words(value, context).map(({ text, span }) => settingAt(context, text, span)) };
}

function contexts(value: NamedValue, context: ServiceContext): TargetSettings {
  const set = new Map<string, Setting<string>>();
  for (const [name, { value: node }] of context.reader.entries(value)) {
    const address = context.reader.text({ name: `${value.name}.${name}`, node });
    if (address) set.set(name, settingAt(context, linkedAddress(address.text), address.span));
  }
  return { contexts: set };
}
