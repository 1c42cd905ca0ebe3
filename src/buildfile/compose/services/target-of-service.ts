/** From a service to the target it builds. */
import { didYouMean } from "../../../base/suggest.ts";
import { joinToFolder } from "../../definition/blocks/relative-path.ts";
import type { TargetDefinition, TargetSettings } from "../../definition.ts";
import { composeProblem } from "../compose-problems.ts";
import { buildOfContext } from "../files/merge.ts";
import { type MapEntry, type MapNode, valueAt } from "../node.ts";
import { buildKeys, ignoredBuildKeys } from "./build-keys.ts";
import { type ServiceContext, settingAt, targetNameOf } from "./service-context.ts";
import { withExtension } from "./x-bake.ts";

/** The target; undefined for a service that is not built, or whose build section is none. */
export function targetOfService({ key, value }: MapEntry, context: ServiceContext): TargetDefinition | undefined {
  const build = valueAt(value, "build");
  if (build === undefined) return undefined;
  const section = build.kind === "text" ? buildOfContext(build) : build;
  if (section.kind !== "map") {
    context.reader.entries({ name: "build", node: section });
    return undefined;
  }
  checkKeys(section, context);
  checkDockerfile(section, context);
  const settings = readSection(section, context);
  const name = targetNameOf(context.service);
  return { name, span: key, settings: withDefaults(settings, { key, value }, context) };
}

function readSection(section: MapNode, context: ServiceContext): TargetSettings {
  let settings: TargetSettings = {};
  for (const [key, read] of buildKeys) {
    const node = valueAt(section, key);
    if (node === undefined) continue;
    const added = read({ name: `build.${key}`, node }, context);
    const attest = added.attest && [...(settings.attest ?? []), ...added.attest];
    settings = { ...settings, ...added, ...(attest && { attest }) };
  }
  const extension = valueAt(section, "x-bake");
  return extension ? withExtension(settings, { name: "x-bake", node: extension }, context) : settings;
}

/** Without a context the folder of the files is built, without tags the image gives its name. */
function withDefaults(settings: TargetSettings, { key, value }: MapEntry, context: ServiceContext): TargetSettings {
  const folder = context.contextFolder === undefined ? "." : joinToFolder(context.contextFolder, ".");
  const here = settingAt(context, folder, key);
  const image = valueAt(value, "image");
  const imageText = image && context.reader.text({ name: "image", node: image });
  const needsTag = imageText && imageText.text !== "" && (settings.tags?.value.length ?? 0) === 0;
  return {
    ...settings,
    context: settings.context ?? here,
    ...(needsTag && { tags: settingAt(context, [imageText.text], imageText.span) }),
  };
}

function checkKeys(section: MapNode, { report }: ServiceContext): void {
  const known = [...buildKeys.keys(), ...ignoredBuildKeys.keys(), "x-bake"];
  for (const [key, { key: span, value }] of section.entries) {
    if (value.tag === "reset" || buildKeys.has(key) || key.startsWith("x-")) continue;
    const ignored = ignoredBuildKeys.get(key);
    if (ignored !== undefined) {
      report.add(composeProblem("compose/ignored-key", span, `build.${key} has no effect`, { hint: ignored }));
      continue;
    }
    report.add(
      composeProblem("compose/unknown-key", span, `a build section has no key ${JSON.stringify(key)}`, {
        hint: didYouMean(key.replaceAll("-", "_"), known) ?? `it has ${known.join(", ")}`,
      }),
    );
  }
}

function checkDockerfile(section: MapNode, { report }: ServiceContext): void {
  const file = section.entries.get("dockerfile");
  const inline = section.entries.get("dockerfile_inline");
  if (!file || !inline || !valueAt(section, "dockerfile") || !valueAt(section, "dockerfile_inline")) return;
  report.add(
    composeProblem("compose/conflict", inline.key, "dockerfile and dockerfile_inline exclude each other", {
      hint: "remove one of them",
      related: [{ message: "dockerfile is here", span: file.key }],
    }),
  );
}
