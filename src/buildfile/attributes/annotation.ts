/** Annotations: `[levels:]key=value`, levels `index`, `manifest[linux/amd64]`, … separated by commas. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";

export type AnnotationLevel = "manifest" | "manifest-descriptor" | "index" | "index-descriptor";

export interface Annotation {
  readonly key: string;
  readonly value: string;
  /** Where it is put; empty when the text does not say (the manifest, then). */
  readonly places: readonly AnnotationPlace[];
}

export interface AnnotationPlace {
  readonly level: AnnotationLevel;
  /** As written: the one platform it is meant for. */
  readonly platform?: string;
}

const annotationLevels: readonly AnnotationLevel[] = ["manifest", "manifest-descriptor", "index", "index-descriptor"];

const place = /^([a-z-]+)(?:\[([A-Za-z0-9_./()+-]+)\])?$/;

/** The first `=` ends the key; a colon before it ends the levels. The platforms are taken as written. */
export function parseAnnotationText(text: string): Parsed<Annotation> {
  const equals = text.indexOf("=");
  if (equals === -1) return unparsed(`${JSON.stringify(text)} has no value, write key=value`);
  const name = text.slice(0, equals);
  const colon = name.indexOf(":");
  const key = name.slice(colon + 1);
  if (key === "") return unparsed(`${JSON.stringify(text)} has no key, write key=value`, colon + 1);
  const places: AnnotationPlace[] = [];
  for (const part of colon === -1 ? [] : name.slice(0, colon).split(",")) {
    const read = parsePlace(part);
    if (!read.ok) return read;
    places.push(read.value);
  }
  return parsed({ key, value: text.slice(equals + 1), places });
}

function parsePlace(text: string): Parsed<AnnotationPlace> {
  const [, word, platform] = place.exec(text) ?? [];
  if (word === undefined) {
    return unparsed(`${JSON.stringify(text)} is no place for an annotation, write a level as in manifest[linux/amd64]`);
  }
  const level = annotationLevels.find((known) => known === word);
  if (level === undefined) {
    const hint = didYouMean(word, annotationLevels) ?? `known are ${annotationLevels.join(", ")}`;
    return unparsed(`${JSON.stringify(word)} is no level of an annotation (${hint})`);
  }
  return parsed(platform === undefined ? { level } : { level, platform });
}
