/** Loading an image into a Docker engine that did not build it. */

import type { Readable } from "node:stream";
import { PassThrough, Writable } from "node:stream";
import { messageOf, TsbakeError } from "../base/errors.ts";
import { problems } from "./problems.ts";
import type { Receiver } from "./receiver.ts";

/** A Docker engine that takes images as archives. */
export interface EngineLoad {
  /** True for an engine with the containerd image store: it takes OCI archives, with several platforms. */
  readonly takesOci: () => Promise<boolean>;
  /** Resolves when the engine has the images; reads the archive as fast as the engine takes it. */
  readonly load: (archive: Readable, signal: AbortSignal) => Promise<unknown>;
}

/** The stream ends only when the engine has the image, so that an image that is refused fails its build. */
export function engineReceiver(engine: EngineLoad, shown: string): Receiver {
  const controller = new AbortController();
  let stream: Writable | undefined;
  let loaded: Promise<void> = Promise.resolve();
  let trouble: TsbakeError | undefined;
  const open = async (): Promise<Writable> => {
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
  return {
    sink: { kind: "stream", open },
    trouble: () => trouble,
    publish: async () => {
      await loaded;
      if (trouble !== undefined) throw trouble;
      if (stream?.writableFinished !== true) throw problems.incomplete(shown);
    },
    discard: async () => {
      if (stream?.writableFinished !== true) controller.abort(new Error("the image is not needed any more"));
      stream?.on("error", () => {});
      stream?.destroy();
      await loaded;
    },
  };
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
