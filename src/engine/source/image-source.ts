/** Images of registries. What is small of them is kept, their layers are fetched by whoever looks into them. */
import { TsbakeError } from "../../base/errors.ts";
import { isRecord, stringField } from "../../base/json-shape.ts";
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import type { Clock } from "../../execute/ports.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { formatReference, type ImageReference, parseReference } from "../../oci/reference.ts";
import type { RegistryClient, Repository } from "../../registry/client.ts";
import type { EngineStore } from "../store/store.ts";
import { chooseImage, type ImagePlace } from "./choose-image.ts";
import { findKeptImage } from "./kept-images.ts";
import { badReference } from "./problems.ts";
import type { ImageRequest, ResolvedImage } from "./sources.ts";

export interface ImageSourceOptions {
  readonly store: EngineStore;
  readonly registry: RegistryClient;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}

/** Troubles of the moment, in which what was known before is better than nothing. */
const outages: ReadonlySet<string> = new Set([
  "registry/unreachable",
  "registry/server-failed",
  "registry/rate-limited",
]);

export class ImageSource {
  readonly #options: ImageSourceOptions;
  readonly #tags = new Map<string, SharedTask<Digest>>();
  readonly #images = new Map<string, SharedTask<ResolvedImage>>();
  readonly #kepts = new Map<string, SharedTask<ResolvedImage | undefined>>();

  constructor(options: ImageSourceOptions) {
    this.#options = options;
  }

  /** A tag is asked for once a run; one that is kept here stands for what is kept, unless it is to be pulled. */
  async resolve({ reference, platform, pull = false }: ImageRequest, signal: AbortSignal): Promise<ResolvedImage> {
    const parsed = parseReference(reference);
    if (!parsed.ok) throw badReference(reference, parsed.message);
    const { digest: given, ...named } = parsed.value;
    const wanted: ImageReference = given === undefined ? { ...named, tag: named.tag ?? "latest" } : named;
    const kept = pull || given !== undefined ? undefined : await this.#kept(wanted, platform, signal);
    if (kept !== undefined) return kept;
    const repository = this.#options.registry.repository(named);
    const digest =
      given === undefined ? await this.#digestOf(wanted, repository, pull, signal) : checked(reference, given);
    const name = formatReference({ ...wanted, digest });
    const key = `${name} ${formatPlatform(platform)}`;
    return shareTask(this.#images, key, signal, () => this.#open({ name, repository, digest, platform }, signal));
  }

  /** Looked for once a run, so that all of it sees the same. */
  #kept(wanted: ImageReference, platform: Platform, signal: AbortSignal): Promise<ResolvedImage | undefined> {
    const { store, clock, onTrouble } = this.#options;
    const key = `${formatReference(wanted)} ${formatPlatform(platform)}`;
    return shareTask(this.#kepts, key, signal, () =>
      findKeptImage(wanted, platform, { store, nowMs: () => clock.now(), onTrouble, signal }),
    );
  }

  #digestOf(wanted: ImageReference, repository: Repository, pull: boolean, signal: AbortSignal): Promise<Digest> {
    const name = formatReference(wanted);
    const { tag = "latest" } = wanted;
    return shareTask(this.#tags, `${pull} ${name}`, signal, async () => {
      try {
        const { digest } = await repository.resolve(tag, signal);
        await this.#options.store.records.save("image", name, {
          digest,
          askedAt: this.#options.clock.now(),
          description: name,
        });
        return digest;
      } catch (error) {
        signal.throwIfAborted();
        const known = pull ? undefined : await this.#remembered(name, error);
        if (known === undefined) throw error;
        return known;
      }
    });
  }

  /** What the tag stood for when it was last asked for, in an outage. */
  async #remembered(name: string, error: unknown): Promise<Digest | undefined> {
    const { store, onTrouble } = this.#options;
    const isOutage =
      error instanceof TsbakeError &&
      (outages.has(error.code) || (error.code === "registry/token-failed" && error.retryable));
    const record = isOutage ? await store.records.find("image", name) : undefined;
    const digest = stringField(record, "digest") ?? "";
    if (!isOutage || !isDigest(digest)) return undefined;
    const askedAt =
      isRecord(record) && typeof record.askedAt === "number" ? new Date(record.askedAt).toISOString() : "before";
    onTrouble(`${error.message}; taking ${name} as it was known at ${askedAt}: ${digest}`);
    return digest;
  }

  async #open({ name, repository, digest, platform }: Wanted, signal: AbortSignal): Promise<ResolvedImage> {
    const { store } = this.#options;
    const place: ImagePlace = {
      name,
      manifest: (each) => this.#keep(each, async () => (await repository.manifest(each, signal)).bytes),
      config: (each) => this.#keep(each.digest, () => readAll(repository.blob(each, { signal }))),
      layer: (descriptor) => ({
        descriptor,
        repository: { registry: repository.registry, repository: repository.repository },
        fetch: async (fetchSignal, offset = 0) => repository.blob(descriptor, { signal: fetchSignal, offset }),
      }),
    };
    const { image, documents } = await chooseImage(place, digest, platform);
    const uses = [...new Set([digest, ...documents])].filter((each) => each.startsWith("sha256:"));
    for (const each of uses) store.lease(each);
    await store.records.save("image", `${name} ${formatPlatform(platform)}`, { uses, description: name });
    return image;
  }

  /** A document of the store, which gets it when it does not have it. */
  async #keep(digest: Digest, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const { blobs } = this.#options.store;
    const isKept = digest.startsWith("sha256:");
    const known = isKept ? await blobs.read(digest) : undefined;
    if (known !== undefined) return known;
    const bytes = await fetch();
    if (isKept) await blobs.put(bytes);
    return bytes;
  }
}

interface Wanted {
  readonly name: string;
  readonly repository: Repository;
  readonly digest: Digest;
  readonly platform: Platform;
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function checked(reference: string, digest: string): Digest {
  if (isDigest(digest)) return digest;
  throw badReference(reference, "its digest is none");
}
