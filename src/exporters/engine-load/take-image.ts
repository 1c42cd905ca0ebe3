/**
 * Loads an image that can be read where it lies: of its layers the engine is sent those that it lacks.
 *
 *     known? ── yes ─► name it
 *       │ no
 *     what is lacking? ─► load that, without a name ─► known as a whole? ── yes ─► name it
 *                                                        │ no (layers went meanwhile)
 *                                                      load everything ─► known as a whole? ─► name it
 *
 * An engine takes an archive that it cannot complete, too, so the name is given only to what it says is whole.
 */
import { Readable } from "node:stream";
import { TsbakeError } from "../../base/errors.ts";
import type { OfferedImage } from "../../execute/ports.ts";
import { problems } from "../problems.ts";
import { type EngineLoad, knownImage, nameAll } from "./engine.ts";
import { type ImageParts, readImageParts } from "./image-parts.ts";
import { loadArchive } from "./load-archive.ts";
import type { LoadTurns } from "./turns.ts";

export interface TakeOptions {
  readonly engine: EngineLoad;
  readonly turns: LoadTurns;
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

/** False when the image cannot be taken in this way; nothing was sent then. Rejects when the engine refuses it. */
export async function takeImage(offer: OfferedImage, options: TakeOptions): Promise<boolean> {
  const { engine, names, signal } = options;
  const digest = (await knownImage(engine, offer.metadata, signal)) ?? (await bring(offer, options));
  if (digest === undefined) return false;
  await nameAll(engine, { digest, names, signal });
  return true;
}

async function bring(offer: OfferedImage, options: TakeOptions): Promise<string | undefined> {
  const { engine, turns, signal } = options;
  const parts = await readImageParts(offer, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (parts === undefined || engine.lacking === undefined) return undefined;
  // There is no Docker archive of an index, nor of an image whose tag stands for one.
  if (parts.single === undefined && !(await engine.takesOci())) return undefined;
  for (;;) {
    const lacking = await engine.lacking(parts.layers, signal);
    signal.throwIfAborted();
    if (lacking === undefined) return undefined;
    const release = turns.claim(lacking);
    if (release === undefined) {
      await turns.change(lacking, signal);
      continue;
    }
    try {
      return await send({ parts, lacking, offer }, options);
    } finally {
      release();
    }
  }
}

interface Sending {
  readonly parts: ImageParts;
  readonly lacking: ReadonlySet<string>;
  readonly offer: OfferedImage;
}

async function send({ parts, lacking, offer }: Sending, { engine, signal }: TakeOptions): Promise<string> {
  const oci = await engine.takesOci();
  const load = async (without: ReadonlySet<string>): Promise<string | undefined> => {
    const archive = Readable.from(loadArchive(parts, { offer, without, oci, signal }), { objectMode: false });
    await engine.load(archive, signal);
    return knownImage(engine, offer.metadata, signal);
  };
  const had = parts.layers.map(({ descriptor }) => descriptor.digest).filter((digest) => !lacking.has(digest));
  if (had.length > 0) {
    const digest = await load(new Set(had)).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof TsbakeError && refusals.has(error.code)) return undefined;
      throw error;
    });
    if (digest !== undefined) return digest;
  }
  const digest = await load(new Set());
  if (digest === undefined) throw problems.engineIncomplete(parts.top.digest);
  return digest;
}

/** What an engine says to an archive without a layer that it had a moment ago. */
const refusals: ReadonlySet<string> = new Set(["drivers/engine-refused"]);
