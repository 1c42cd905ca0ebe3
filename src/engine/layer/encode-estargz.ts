/** An archive of the store as an estargz blob. */
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { EstargzBuilder } from "./codec/estargz-builder.ts";
import { scanArchive } from "./encode-layer.ts";
import { type ExactEncoding, type LayerForm, saveForm } from "./form.ts";
import type { BlobOptions } from "./layer.ts";

/** The blob unpacks to another archive than the layer's: its table of contents is in it. */
export async function encodeEstargz(
  store: EngineStore,
  diffId: Digest,
  encoding: ExactEncoding,
  options: BlobOptions,
): Promise<LayerForm> {
  const writer = await store.blobs.create();
  const builder = new EstargzBuilder(writer, encoding.level);
  try {
    await scanArchive(store, diffId, builder, { ...options, ready: () => builder.ready() });
    const { diffId: unpacked, annotations } = await builder.finish(options.signal);
    const form: LayerForm = { ...(await writer.commit()), diffId: unpacked, annotations };
    await saveForm(store, diffId, encoding, form);
    return form;
  } catch (error) {
    await builder.abandon();
    await writer.discard();
    throw error;
  }
}
