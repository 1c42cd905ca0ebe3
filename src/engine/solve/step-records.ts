/** What earlier runs made, by the keys of steps; and others, whose caches the build begins with. */
import { isDigest } from "../../oci/digest.ts";
import type { FindImported } from "../cache/cache-imports.ts";
import type { CachedLayer } from "../cache/cached-layer.ts";
import type { EngineServices } from "./services.ts";

/** Undefined when the step has not been done, or its layer is not there any more. */
async function findStep({ store, layers }: EngineServices, key: string): Promise<CachedLayer | undefined> {
  const record = await store.records.find("step", key);
  if (typeof record !== "object" || record === null || !("diffId" in record) || !("createdMs" in record))
    return undefined;
  const { diffId, createdMs } = record;
  if (typeof diffId !== "string" || !isDigest(diffId) || typeof createdMs !== "number") return undefined;
  if (!(await layers.has({ diffId }))) return undefined;
  store.lease(diffId);
  return { key, layer: { diffId }, createdMs };
}

export interface WantedStep {
  readonly key: string;
  /** For those who look at what is kept. */
  readonly description: string;
  /** Done even when it is known. */
  readonly ignoreCache: boolean;
}

/** What is known of a step, here or in an imported cache, whose layer is fetched when somebody looks into it. */
export async function findKnownStep(
  services: EngineServices,
  imported: FindImported,
  { key, description, ignoreCache }: WantedStep,
): Promise<CachedLayer | undefined> {
  if (ignoreCache) return undefined;
  const known = await findStep(services, key);
  if (known !== undefined) return known;
  const found = imported(key);
  if (found === undefined) return undefined;
  const { diffId } = found.layer;
  const solved = (await services.layers.has({ diffId })) ? { ...found, layer: { diffId } } : found;
  // Not found before the layer is here.
  await saveStep(services, { description, solved });
  return solved;
}

/** `description`: for those who look at what is kept. */
export interface DoneStep {
  readonly description: string;
  readonly solved: CachedLayer;
}

export async function saveStep({ store }: EngineServices, { description, solved }: DoneStep): Promise<void> {
  const { key, layer, createdMs } = solved;
  store.lease(layer.diffId);
  await store.records.save("step", key, { diffId: layer.diffId, createdMs, uses: [layer.diffId], description });
}
