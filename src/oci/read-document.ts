/** Reading manifests and indexes that somebody else wrote. */
import { isRecord, stringEntries, stringField } from "../base/json-shape.ts";
import type { Descriptor, DescriptorPlatform } from "./descriptor.ts";
import { isDigest } from "./digest.ts";

/** What a manifest or an index refers to; what is no descriptor is left out. Empty for what is neither. */
export function readReferences(text: string): readonly Descriptor[] {
  const document = parseObject(text);
  if (document === undefined) return [];
  const { manifests, layers, config } = document;
  const listed: readonly unknown[] = [manifests, layers].flatMap((list: unknown) => (Array.isArray(list) ? list : []));
  return [...listed, config].flatMap((each) => readDescriptor(each) ?? []);
}

/** Undefined for what is none. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isRecord(value)) return undefined;
  const { mediaType, digest, size, platform, annotations, urls, data, artifactType } = value;
  if (typeof mediaType !== "string" || typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
  const where = readPlatform(platform);
  return {
    mediaType,
    digest,
    size,
    ...(where === undefined ? {} : { platform: where }),
    ...(isRecord(annotations) ? { annotations: Object.fromEntries(stringEntries(annotations)) } : {}),
    ...(Array.isArray(urls) ? { urls: texts(urls) } : {}),
    ...(typeof data === "string" ? { data } : {}),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
  };
}

function readPlatform(value: unknown): DescriptorPlatform | undefined {
  const os = stringField(value, "os");
  const architecture = stringField(value, "architecture");
  if (!isRecord(value) || os === undefined || architecture === undefined) return undefined;
  const version = stringField(value, "os.version");
  const variant = stringField(value, "variant");
  const features = value["os.features"];
  return {
    architecture,
    os,
    ...(version === undefined ? {} : { "os.version": version }),
    ...(Array.isArray(features) ? { "os.features": texts(features) } : {}),
    ...(variant === undefined ? {} : { variant }),
  };
}

function texts(list: readonly unknown[]): readonly string[] {
  return list.filter((each) => typeof each === "string");
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
