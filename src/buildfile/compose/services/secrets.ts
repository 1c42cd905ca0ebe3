/** Secrets: those a build names, and their definitions at the top of the files. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import { didYouMean } from "../../../base/suggest.ts";
import type { SecretEntry } from "../../attributes/entries.ts";
import type { Setting } from "../../definition.ts";
import { composeProblem } from "../compose-problems.ts";
import { type ComposeNode, type MapEntry, valueAt } from "../node.ts";
import { type ServiceContext, settingAt } from "./service-context.ts";
import type { NamedValue, PlacedText } from "./value-reader.ts";

const mountKeys: readonly string[] = ["source", "target", "uid", "gid", "mode"];

export function buildSecrets(value: NamedValue, context: ServiceContext): readonly Setting<SecretEntry>[] {
  return context.reader.items(value).flatMap((node, i) => {
    const source = sourceOf({ name: `${value.name}[${i}]`, node }, context);
    const entry = source && secretEntry(source, context);
    return source && entry ? [settingAt(context, entry, source.span)] : [];
  });
}

/** Every definition needs a file or a variable, whether it is used or not. */
export function checkSecrets(secrets: ReadonlyMap<string, MapEntry>, report: DiagnosticList): void {
  for (const [name, { key, value }] of secrets) {
    if (value.tag === "reset" || isExternal(value) || valueAt(value, "file") || valueAt(value, "environment")) continue;
    report.add(
      composeProblem("compose/secret", key, `the secret ${JSON.stringify(name)} has neither a file nor a variable`, {
        hint: "write file: PATH, or environment: VARIABLE",
      }),
    );
  }
}

/** The name of the secret that an item of a build names. */
function sourceOf({ name, node }: NamedValue, { reader, report }: ServiceContext): PlacedText | undefined {
  if (node.kind !== "map") return reader.text({ name, node });
  for (const [key, entry] of node.entries) {
    if (mountKeys.includes(key) || key.startsWith("x-")) continue;
    report.add(
      composeProblem("compose/unknown-key", entry.key, `${name} has no key ${JSON.stringify(key)}`, {
        hint: didYouMean(key, mountKeys) ?? `it has ${mountKeys.join(", ")}`,
      }),
    );
  }
  const source = valueAt(node, "source");
  if (source) return reader.text({ name: `${name}.source`, node: source });
  report.add(composeProblem("compose/secret", node.span, `${name} names no secret`, { hint: "write source: NAME" }));
  return undefined;
}

function secretEntry({ text: id, span }: PlacedText, context: ServiceContext): SecretEntry | undefined {
  const { reader, report, secrets } = context;
  const definition = secrets.get(id);
  if (definition === undefined || definition.value.tag === "reset") {
    report.add(
      composeProblem("compose/secret", span, `the secret ${JSON.stringify(id)} is not defined`, {
        hint: didYouMean(id, secrets.keys()) ?? `define it at the top: secrets: { ${id}: { environment: VARIABLE } }`,
      }),
    );
    return undefined;
  }
  if (isExternal(definition.value)) {
    report.add(
      composeProblem(
        "compose/secret",
        span,
        `the secret ${JSON.stringify(id)} is external, which a build cannot reach`,
        {
          hint: "define it with a file or a variable of the environment",
          related: [{ message: "it is defined here", span: definition.key }],
        },
      ),
    );
    return undefined;
  }
  const read = (key: string): PlacedText | undefined => {
    const node = valueAt(definition.value, key);
    return node && reader.text({ name: `secrets.${id}.${key}`, node });
  };
  const file = read("file");
  const env = read("environment");
  return {
    id,
    ...(file && file.text !== "" && { src: context.pathFrom(file.span.source, file.text) }),
    ...(env && env.text !== "" && { env: env.text }),
  };
}

function isExternal(definition: ComposeNode): boolean {
  const external = valueAt(definition, "external");
  if (external === undefined) return false;
  if (external.kind === "boolean") return external.value;
  return external.kind === "map" || (external.kind === "text" && /^(?:true|y|yes|on)$/i.test(external.text));
}
