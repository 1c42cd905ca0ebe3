/** Loading an image into a Docker engine that did not build it. */

import { PassThrough, Writable } from "node:stream";
import { messageOf, TsbakeError } from "../base/errors.ts";
import { followSignal } from "../base/follow-signal.ts";
import type { OfferedImage } from "../execute/ports.ts";
import { type EngineLoad, knownImage, nameAll } from "./engine-load/engine.ts";
import { takeImage } from "./engine-load/take-image.ts";
import { LoadTurns } from "./engine-load/turns.ts";
import { problems } from "./problems.ts";
import type { Receiver } from "./receiver.ts";

export interface EngineReceiverOptions {
  readonly engine: EngineLoad;
  /** Shared by all that load into that engine. */
  readonly turns?: LoadTurns;
  /** Of the image. */
  readonly names: readonly string[];
  /** For people. */
  readonly shown: string;
}

/**
 * The stream ends only when the engine has the image, so that an image that is refused fails its build. An image it has already is not
 * sent again, only named; of one that can be read where it lies, the engine is sent the layers that it lacks.
 */
export function engineReceiver({ engine, turns = new LoadTurns(), names, shown }: EngineReceiverOptions): Receiver {
  const controller = new AbortController();
  let taken = false;
  let stream: Writable | undefined;
  let loaded: Promise<void> = Promise.resolve();
  let trouble: TsbakeError | undefined;
  const fail = (error: unknown): never => {
    trouble = error instanceof TsbakeError ? error : undefined;
    throw error;
  };
  const open = async (metadata: ReadonlyMap<string, string>): Promise<Writable> => {
    const known = await knownImage(engine, metadata, controller.signal);
    if (known !== undefined) {
      const naming = { digest: known, names, signal: controller.signal };
      stream = unread(() => nameAll(engine, naming).catch(fail));
      return stream;
    }
    const archive = new PassThrough();
    archive.on("error", () => {});
    const opened = writerInto(archive, () => loaded);
    loaded = engine.load(archive, controller.signal).then(
      () => {},
      (error: unknown) => {
        if (controller.signal.aborted) return;
        trouble = error instanceof TsbakeError ? error : undefined;
        archive.destroy();
        opened.destroy(error instanceof Error ? error : new Error(messageOf(error)));
      },
    );
    stream = opened;
    return opened;
  };
  const take = async (image: OfferedImage, signal: AbortSignal): Promise<boolean> => {
    const unfollow = followSignal(signal, controller);
    try {
      taken = await takeImage(image, { engine, turns, names, signal: controller.signal });
      return taken;
    } catch (error) {
      return fail(error);
    } finally {
      unfollow();
    }
  };
  return {
    sink: { kind: "stream", open, take },
    trouble: () => trouble,
    publish: async () => {
      await loaded;
      if (trouble !== undefined) throw trouble;
      if (!taken && stream?.writableFinished !== true) throw problems.incomplete(shown);
    },
    discard: async () => {
      if (!taken && stream?.writableFinished !== true) controller.abort(new Error("the image is not needed any more"));
      stream?.on("error", () => {});
      stream?.destroy();
      await loaded;
    },
  };
}

/** Takes what nobody needs. */
function unread(end: () => Promise<void>): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(),
    final: (done) => {
      end().then(() => done(), done);
    },
  });
}

function writerInto(archive: PassThrough, loaded: () => Promise<void>): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      if (archive.write(chunk)) done();
      else archive.once("drain", done);
    },
    final: (done) => {
      archive.end();
      loaded().then(() => done(), done);
    },
    destroy: (error, done) => {
      archive.destroy();
      done(error);
    },
  });
}
