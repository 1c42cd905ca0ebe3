/** The documents of an image, byte for byte as BuildKit writes them: the configuration on one line, manifests and indexes indented by two. */
import type { Descriptor } from "./descriptor.ts";
import type { ContainerConfig, HistoryEntry, ImageConfig } from "./image-config.ts";
import { type JsonTree, renderJson, sortedMap } from "./json-text.ts";
import type { ImageIndex, Manifest } from "./manifest.ts";

/** The fields of the top level sorted, those below in the order of Go's structs, maps sorted. */
export function renderImageConfig(image: ImageConfig): string {
  return renderJson({
    architecture: image.architecture,
    author: image.author,
    config: containerTree(image.config),
    created: image.created,
    history: image.history === undefined || image.history === null ? image.history : image.history.map(historyTree),
    "moby.buildkit.cache.v0": image["moby.buildkit.cache.v0"],
    os: image.os,
    "os.features": image["os.features"],
    "os.version": image["os.version"],
    rootfs: { type: image.rootfs.type, diff_ids: image.rootfs.diff_ids },
    variant: image.variant,
  });
}

export function renderManifest(manifest: Manifest): string {
  const { config, layers, subject } = manifest;
  return renderJson(
    {
      schemaVersion: 2,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType,
      config: descriptorTree(config),
      layers: layers === null ? null : layers.map(descriptorTree),
      subject: subject && descriptorTree(subject),
      annotations: sortedMap(manifest.annotations),
    },
    2,
  );
}

export function renderIndex(index: ImageIndex): string {
  return renderJson(indexTree(index), 2);
}

/** `index.json` of a layout: the same document on one line. */
export function renderLayoutIndex(index: ImageIndex): string {
  return renderJson(indexTree(index));
}

export function renderDescriptor(descriptor: Descriptor): string {
  return renderJson(descriptorTree(descriptor));
}

function indexTree({ mediaType, manifests, annotations }: ImageIndex): JsonTree {
  return {
    schemaVersion: 2,
    mediaType,
    manifests: manifests.map(descriptorTree),
    annotations: sortedMap(annotations),
  };
}

function descriptorTree(descriptor: Descriptor): JsonTree {
  const { platform } = descriptor;
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    urls: filled(descriptor.urls),
    annotations: sortedMap(descriptor.annotations),
    data: descriptor.data,
    platform: platform && {
      architecture: platform.architecture,
      os: platform.os,
      "os.version": platform["os.version"],
      "os.features": filled(platform["os.features"]),
      variant: platform.variant,
    },
    artifactType: descriptor.artifactType,
  };
}

function historyTree(entry: HistoryEntry): JsonTree {
  return {
    created: entry.created,
    created_by: text(entry.created_by),
    author: text(entry.author),
    comment: text(entry.comment),
    empty_layer: entry.empty_layer === true ? true : undefined,
  };
}

function containerTree(config: ContainerConfig): JsonTree {
  const health = config.Healthcheck;
  return {
    User: text(config.User),
    ExposedPorts: sortedMap(config.ExposedPorts),
    Env: filled(config.Env),
    Entrypoint: filled(config.Entrypoint),
    Cmd: filled(config.Cmd),
    Volumes: sortedMap(config.Volumes),
    WorkingDir: text(config.WorkingDir),
    Labels: sortedMap(config.Labels),
    StopSignal: text(config.StopSignal),
    ArgsEscaped: config.ArgsEscaped === true ? true : undefined,
    Healthcheck: health && {
      Test: filled(health.Test),
      Interval: number(health.Interval),
      Timeout: number(health.Timeout),
      StartPeriod: number(health.StartPeriod),
      StartInterval: number(health.StartInterval),
      Retries: number(health.Retries),
    },
    OnBuild: filled(config.OnBuild),
    Shell: filled(config.Shell),
  };
}

/** Go's `omitempty`. */
function text(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function number(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function filled(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.length === 0 ? undefined : list;
}
