/** What earlier runs made, by the keys of steps. */
import { isDigest } from "../../oci/digest.ts";
import type { EngineServices } from "./services.ts";
import type { SolvedLayer } from "./solved.ts";

/** Undefined when the step has not been done, or its layer is not there any more. */
export async function findStep({ store, layers }: EngineServices, key: string): Promise<SolvedLayer | undefined> {
  const record = await store.records.find("step", key);
  if (typeof record !== "object" || record === null || !("diffId" in record) || !("createdMs" in record))
    return undefined;
  const { diffId, createdMs } = record;
  if (typeof diffId !== "string" || !isDigest(diffId) || typeof createdMs !== "number") return undefined;
  if (!(await layers.has({ diffId }))) return undefined;
  store.lease(diffId);
  return { layer: { diffId }, createdMs };
}

/** `description`: for those who look at what is kept. */
export interface DoneStep {
  readonly key: string;
  readonly description: string;
  readonly solved: SolvedLayer;
}

export async function saveStep({ store }: EngineServices, { key, description, solved }: DoneStep): Promise<void> {
  const { layer, createdMs } = solved;
  store.lease(layer.diffId);
  await store.records.save("step", key, { diffId: layer.diffId, createdMs, uses: [layer.diffId], description });
}
