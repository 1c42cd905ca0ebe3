/** Annotations as attributes of an export: `annotation.K`, `annotation-manifest[linux/amd64].K`, `annotation-index.K`, … */
import type { AnnotationLevel } from "../../buildfile/attributes/annotation.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";

export interface AnnotationAttribute {
  readonly level: AnnotationLevel;
  /** Normalised; absent: all platforms. */
  readonly platform?: string;
  readonly key: string;
  readonly value: string;
}

const form = /^annotation(?:-(manifest|index|manifest-descriptor|index-descriptor))?(?:\[([^\]]+)\])?\.(.+)$/s;
const levels: ReadonlySet<string> = new Set(["manifest", "index", "manifest-descriptor", "index-descriptor"]);

/** Every other attribute is passed over. */
export function readAnnotations(
  attributes: ReadonlyMap<string, string>,
  host: Platform,
): readonly AnnotationAttribute[] {
  return [...attributes].flatMap(([name, value]): readonly AnnotationAttribute[] => {
    const [, level = "manifest", written, key] = form.exec(name) ?? [];
    if (key === undefined || !isLevel(level)) return [];
    if (written === undefined) return [{ level, key, value }];
    const platform = parsePlatform(written, host);
    return [{ level, key, value, platform: platform.ok ? formatPlatform(platform.value) : written }];
  });
}

/** The name of the attribute that says the same. */
export function annotationAttributeName({ level, platform, key }: AnnotationAttribute): string {
  return `annotation-${level}${platform === undefined ? "" : `[${platform}]`}.${key}`;
}

/** What is to be put at a level, for a platform where the level has one. Undefined for nothing. */
export function annotationsAt(
  annotations: readonly AnnotationAttribute[],
  level: AnnotationLevel,
  platform?: Platform,
): Readonly<Record<string, string>> | undefined {
  const name = platform === undefined ? undefined : formatPlatform(platform);
  const found = annotations.filter((each) => each.level === level);
  // What names the platform goes before what is said of all.
  const matching = [
    ...found.filter((each) => each.platform === undefined),
    ...found.filter((each) => each.platform !== undefined && each.platform === name),
  ];
  return matching.length === 0 ? undefined : Object.fromEntries(matching.map(({ key, value }) => [key, value]));
}

function isLevel(text: string): text is AnnotationLevel {
  return levels.has(text);
}
