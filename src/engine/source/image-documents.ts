/** The documents of images as others wrote them, checked before anything relies on them. */
import { isRecord, stringEntries, stringField } from "../../base/json-shape.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { ContainerConfig, Healthcheck, HistoryEntry, ImageConfig } from "../../oci/image-config.ts";
import type { Platform } from "../../oci/platform.ts";
import { readDescriptor } from "../../oci/read-document.ts";

export interface IndexDocument {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

export interface ManifestDocument {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Undefined when it is neither. */
export function parseDocument(bytes: Uint8Array): IndexDocument | ManifestDocument | undefined {
  const document = parseJson(bytes);
  if (!isRecord(document)) return undefined;
  const config = readDescriptor(document.config);
  const layers = descriptorsOf(document.layers ?? []);
  if (config !== undefined && layers !== undefined) return { kind: "manifest", config, layers };
  const manifests = descriptorsOf(document.manifests);
  return manifests === undefined ? undefined : { kind: "index", manifests };
}

/** What the configuration does not say of its platform, `platform` does. Undefined when it is none. */
export function parseConfig(bytes: Uint8Array, platform: Platform): ImageConfig | undefined {
  const document = parseJson(bytes);
  if (!isRecord(document) || !isRecord(document.rootfs)) return undefined;
  const diffIds = digestsOf(document.rootfs.diff_ids ?? []);
  if (diffIds === undefined) return undefined;
  const os = stringField(document, "os");
  const architecture = stringField(document, "architecture");
  const known = Boolean(os) && Boolean(architecture);
  const variant = stringField(document, "variant") ?? (known ? undefined : platform.variant);
  const version = stringField(document, "os.version");
  const features = textsOf(document["os.features"]);
  const author = stringField(document, "author");
  const created = stringField(document, "created");
  return {
    architecture: architecture || platform.architecture,
    os: os || platform.os,
    ...(variant ? { variant } : {}),
    ...(version ? { "os.version": version } : {}),
    ...(features === undefined ? {} : { "os.features": features }),
    ...(author ? { author } : {}),
    ...(created === undefined ? {} : { created }),
    config: containerConfig(document.config),
    rootfs: { type: "layers", diff_ids: diffIds },
    history: historyOf(document.history),
  };
}

function containerConfig(value: unknown): ContainerConfig {
  if (!isRecord(value)) return {};
  const text = (name: string) => present(name, stringField(value, name) || undefined);
  const list = (name: string) => present(name, textsOf(value[name]));
  return {
    ...text("User"),
    ...present("ExposedPorts", keysOf(value.ExposedPorts)),
    ...list("Env"),
    ...list("Entrypoint"),
    ...list("Cmd"),
    ...present("Volumes", keysOf(value.Volumes)),
    ...text("WorkingDir"),
    ...present("Labels", isRecord(value.Labels) ? Object.fromEntries(stringEntries(value.Labels)) : undefined),
    ...text("StopSignal"),
    ...present("ArgsEscaped", value.ArgsEscaped === true ? true : undefined),
    ...present("Healthcheck", healthcheckOf(value.Healthcheck)),
    ...list("OnBuild"),
    ...list("Shell"),
  };
}

function healthcheckOf(value: unknown): Healthcheck | undefined {
  if (!isRecord(value)) return undefined;
  const number = (name: string) => present(name, typeof value[name] === "number" ? value[name] : undefined);
  return {
    ...present("Test", textsOf(value.Test)),
    ...number("Interval"),
    ...number("Timeout"),
    ...number("StartPeriod"),
    ...number("StartInterval"),
    ...number("Retries"),
  };
}

function historyOf(value: unknown): readonly HistoryEntry[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return entries.filter(isRecord).map((entry) => ({
    ...present("created", stringField(entry, "created")),
    ...present("created_by", stringField(entry, "created_by")),
    ...present("author", stringField(entry, "author")),
    ...present("comment", stringField(entry, "comment")),
    ...present("empty_layer", entry.empty_layer === true ? true : undefined),
  }));
}

/** A record of one field, or of none. */
function present<T>(name: string, value: T | undefined): Readonly<Record<string, T>> {
  return value === undefined ? {} : { [name]: value };
}

/** Sets are objects with empty values. */
function keysOf(value: unknown): Readonly<Record<string, Readonly<Record<string, never>>>> | undefined {
  return isRecord(value) ? Object.fromEntries(Object.keys(value).map((key) => [key, {}])) : undefined;
}

function textsOf(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  return list?.filter((each) => typeof each === "string");
}

/** Undefined when any of them is none. */
function descriptorsOf(value: unknown): readonly Descriptor[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const found = value.map(readDescriptor).filter((each) => each !== undefined);
  return found.length === value.length ? found : undefined;
}

function digestsOf(value: unknown): readonly Digest[] | undefined {
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  const found = list?.filter((each): each is Digest => typeof each === "string" && isDigest(each));
  return found?.length === list?.length ? found : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
