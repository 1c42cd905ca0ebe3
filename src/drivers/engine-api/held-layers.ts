/** Which layers a Docker engine has. What it does not say for sure it lacks. */
import { TsbakeError } from "../../base/errors.ts";
import type { CallOptions } from "../../buildkit/rpc/call.ts";
import { RpcConnection } from "../../buildkit/rpc/connection.ts";
import * as content from "../../buildkit/rpc/content-methods.ts";
import { RpcError } from "../../buildkit/rpc/status.ts";
import { allOrNone } from "../../execute/all-or-none.ts";
import type { ImageLayer } from "../../exporters/engine-load/image-parts.ts";
import { chainIds } from "../../oci/chain-id.ts";
import type { EngineClient } from "./client.ts";

/** Few, as each listens to one signal. */
const questionsAtOnce = 4;
/** Beyond these nobody's images are looked into: an image that is built has its base among the younger ones. */
const imagesLookedAt = 500;

/**
 * Of an engine with the containerd image store: its BuildKit shows the same content, blob by blob. Undefined when it does not, or the
 * engine is too old to say of a loaded image whether it is whole, or does not answer in time: then nothing may be left out. Rejects only when
 * aborted.
 */
export async function lackingContent(
  client: EngineClient,
  layers: readonly ImageLayer[],
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    if (!(await client.tellsManifests(signal))) return undefined;
    const connection = new RpcConnection(await client.upgrade("/grpc", signal), { authority: "localhost" });
    try {
      const found = await allOrNone(layers, { atOnce: questionsAtOnce, signal }, async ({ descriptor }, own) =>
        (await isHeld(connection, descriptor, { signal: own, timeoutMs: client.answerTimeoutMs }))
          ? []
          : [descriptor.digest],
      );
      return new Set(found.flat());
    } finally {
      await connection.close();
    }
  } catch (error) {
    return unlessTold(error, signal);
  }
}

async function isHeld(
  connection: RpcConnection,
  { digest, size }: ImageLayer["descriptor"],
  options: CallOptions,
): Promise<boolean> {
  try {
    const { info } = await connection.unary(content.info, { digest }, options);
    return info?.size === BigInt(size);
  } catch (error) {
    if (error instanceof RpcError && error.code === "NOT_FOUND") return false;
    throw error;
  }
}

export interface ChainQuestion {
  readonly layers: readonly ImageLayer[];
  /** What images were found to be made of, by ID: it never changes. Added to. */
  readonly known: Map<string, readonly string[]>;
  readonly signal: AbortSignal;
}

/** Of an engine that keeps unpacked layers: it has those that its images are made of. Rejects only when aborted. */
export async function lackingChains(
  client: EngineClient,
  { layers, known, signal }: ChainQuestion,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const ids = (await client.imageIds(signal)).slice(0, imagesLookedAt);
    const held = await allOrNone(ids, { atOnce: questionsAtOnce, signal }, async (id, own) => {
      const chain = known.get(id) ?? chainIds(await client.imageLayers(id, own));
      known.set(id, chain);
      return chain;
    });
    const chains = new Set(held.flat());
    return new Set(layers.flatMap(({ descriptor, chainId }) => (chains.has(chainId) ? [] : [descriptor.digest])));
  } catch (error) {
    return unlessTold(error, signal);
  }
}

function unlessTold(error: unknown, signal: AbortSignal): undefined {
  signal.throwIfAborted();
  if (error instanceof RpcError || error instanceof TsbakeError) return undefined;
  throw error;
}
