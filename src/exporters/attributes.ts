/** The attributes of an output that a node is sent. */
import { parseBoolean } from "../base/boolean.ts";
import { parseAnnotationText } from "../buildfile/attributes/annotation.ts";
import type { OutputEntry } from "../buildfile/attributes/entries.ts";
import { imageNames } from "../plan/check/outputs.ts";
import type { Target } from "../plan/plan.ts";
import { problems } from "./problems.ts";

/** Keys that say something to us and nothing to a node. */
const ownKeys: ReadonlySet<string> = new Set(["type", "dest", "context", "tar", "prefer-image-digest"]);

/** The output's own attributes without those that only we understand. */
export function nodeAttributes({ attributes }: OutputEntry): Map<string, string> {
  return new Map([...attributes].filter(([key]) => !ownKeys.has(key)));
}

/** For outputs that hold an image: its names and the annotations of the target too. What the output itself says wins. */
export function imageAttributes(output: OutputEntry, target: Target): Map<string, string> {
  const names = imageNames(output, target);
  return new Map([
    ...annotationAttributes(target),
    ...nodeAttributes(output),
    ...(names.length === 0 ? [] : [["name", names.join(",")] as const]),
  ]);
}

/** A yes or no; empty text is what BuildKit takes it for, a yes. Throws for anything else. */
export function booleanAttribute({ type, attributes }: OutputEntry, key: string): boolean | undefined {
  const text = attributes.get(key);
  if (text === undefined) return undefined;
  const value = text === "" ? true : parseBoolean(text);
  if (value === undefined) throw problems.badParameter(type, key, text, "true or false");
  return value;
}

/**
 * `annotation.K`, `annotation-manifest[linux/amd64].K`, `annotation-index.K`, … An index and its descriptor stand for all platforms, so
 * theirs have none.
 */
function annotationAttributes(target: Target): readonly (readonly [string, string])[] {
  return target.annotations.flatMap((text): readonly (readonly [string, string])[] => {
    const read = parseAnnotationText(text);
    if (!read.ok) throw problems.badParameter("image", "annotation", text, read.message);
    const { key, value, places } = read.value;
    if (places.length === 0) return [[`annotation.${key}`, value]];
    return places.map(({ level, platform }) => {
      const where = platform === undefined || level.startsWith("index") ? "" : `[${platform}]`;
      return [`annotation-${level}${where}.${key}`, value];
    });
  });
}
