/** A step whose layer is a list of entries: it is known by what it would write, and written when it is not known. */
import { createHash } from "node:crypto";
import { type BuildContext, identify, type Step } from "../graph/step.ts";
import type { Layer } from "../layer/layer.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { contentDigest, unknownBytes } from "./content-digest.ts";
import { type DigestOf, hashEntries } from "./hash-entries.ts";
import type { PerformContext, Performed } from "./perform-context.ts";
import { findKnownStep, saveStep } from "./step-records.ts";

export interface EntriesStep {
  readonly step: Step;
  /** In walk order, parents included. */
  readonly entries: readonly TreeEntry[];
  /** Seconds that folders made on the way have, when they are not those of the build. */
  readonly epochSeconds: number | undefined;
}

/** Reading a little twice costs less than packing for nothing; reading much twice does not. */
const readTwiceBytes = 64 << 20;

/**
 * The key is the digest of the entries without their times, as with BuildKit: a fresh checkout has other times and the same content. Where
 * most content has not been seen before, the layer is packed at once, and the key found along the way.
 */
export async function performEntries(given: EntriesStep, context: PerformContext): Promise<Performed> {
  const { step, entries } = given;
  const { services, base, signal } = context;
  const { hashes } = services.store;
  if (unknownBytes(entries, hashes) > readTwiceBytes) return packFirst(given, context);
  const key = await entriesKey(given, (entry) => contentDigest(entry, { hashes, signal }));
  const known = await findKnown(step, key, context);
  if (known !== undefined) return { result: { layers: [...base.layers, known] }, cached: true };
  return store(given, context, { key, packed: await pack(given, context) });
}

async function packFirst(given: EntriesStep, context: PerformContext): Promise<Performed> {
  const { services, base, signal } = context;
  const packed = await pack(given, context);
  const { hashes } = services.store;
  const key = await entriesKey(given, (entry) => contentDigest(entry, { digests: packed.contents, hashes, signal }));
  const known = await findKnown(given.step, key, context);
  // The same content with other times was packed before: its layer stays the one.
  if (known !== undefined) return { result: { layers: [...base.layers, known] }, cached: true };
  return store(given, context, { key, packed });
}

function findKnown({ name, ignoreCache }: Step, key: string, { services, tools }: PerformContext) {
  return findKnownStep(services, tools.imported, { key, description: name, ignoreCache });
}

async function pack({ step, entries }: EntriesStep, context: PerformContext) {
  const { services, signal, encoding, observer } = context;
  const slot = await services.store.records.find("slot", slotKey(step));
  const total = entries.reduce((bytes, entry) => bytes + (entry.type === "file" ? entry.content.size : 0), 0);
  return services.layers.pack(entries, {
    signal,
    ...(encoding === undefined ? {} : { encoding }),
    ...(isSlot(slot) ? { previous: slot.diffId } : {}),
    onProgress: (current) => observer.progress(step, { id: "packing", current, total }),
  });
}

interface PackedStep {
  readonly key: string;
  readonly packed: { readonly layer: Layer };
}

async function store({ step }: EntriesStep, context: PerformContext, { key, packed }: PackedStep): Promise<Performed> {
  const { services, base } = context;
  const solved = { key, layer: packed.layer, createdMs: services.now() };
  await saveStep(services, { description: step.name, solved });
  await services.store.records.save("slot", slotKey(step), { diffId: packed.layer.diffId });
  return { result: { layers: [...base.layers, solved] }, cached: false };
}

/** The step in the Dockerfile, whatever it copies this time, and whether or not the cache is asked. */
function slotKey(step: Step): string {
  return placeOf(step).replace(/^sha256:/, "");
}

/** Found once a step: there may be many on top of each other. */
const places = new WeakMap<Step, string>();

function placeOf(step: Step): string {
  const below: Step[] = [];
  for (let each: Step | undefined = step; each !== undefined && !places.has(each); each = each.base) below.push(each);
  for (const each of below.reverse()) {
    const { kind, name, base } = each;
    const contexts = contextsOf(each).map(({ id }) => id);
    places.set(each, identify({ kind, name, contexts, ...(base === undefined ? {} : { base: places.get(base) }) }));
  }
  return places.get(step) ?? "";
}

function contextsOf(step: Step): readonly BuildContext[] {
  if (step.kind === "folder") return [step.context];
  if (step.kind !== "copy") return [];
  return step.sources.flatMap((source) =>
    source.kind === "paths" && source.from.kind === "context" ? [source.from] : [],
  );
}

function isSlot(value: unknown): value is { readonly diffId: Layer["diffId"] } {
  return typeof value === "object" && value !== null && "diffId" in value && typeof value.diffId === "string";
}

async function entriesKey({ entries, epochSeconds }: EntriesStep, digestOf: DigestOf): Promise<string> {
  const hash = createHash("sha256").update(`entries.v2\n${epochSeconds ?? ""}\n`);
  await hashEntries(hash, entries, digestOf);
  return hash.digest("hex");
}
