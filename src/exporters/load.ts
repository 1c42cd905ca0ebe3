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
  /** True when the whole image of that digest, of its manifest or its configuration, is there. Absent where that cannot be asked. */
  readonly has?: (digest: string, signal: AbortSignal) => Promise<boolean>;
  /** Gives an image that is there another name. */
  readonly tag?: (digest: string, name: string, signal: AbortSignal) => Promise<void>;
}

export interface EngineReceiverOptions {
  readonly engine: EngineLoad;
  /** Of the image. */
  readonly names: readonly string[];
  /** For people. */
  readonly shown: string;
}

/** By what an engine may know an image: with the containerd store its manifest or index, else its configuration. */
const digestKeys = ["containerimage.digest", "containerimage.config.digest"];

/**
 * The stream ends only when the engine has the image, so that an image that is refused fails its build. An image it has already is not
 * sent again, only named.
 */
export function engineReceiver({ engine, names, shown }: EngineReceiverOptions): Receiver {
  const controller = new AbortController();
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

/** An engine that cannot tell, or does not, is sent the image: that shows what is wrong with it. */
async function knownImage(
  engine: EngineLoad,
  metadata: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (engine.has === undefined || engine.tag === undefined) return undefined;
  const digests = digestKeys.flatMap((key) => metadata.get(key) ?? []);
  for (const digest of digests) if (await engine.has(digest, signal).catch(() => false)) return digest;
  signal.throwIfAborted();
  return undefined;
}

async function nameAll(
  { tag }: EngineLoad,
  {
    digest,
    names,
    signal,
  }: { readonly digest: string; readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  for (const name of names) await tag?.(digest, name, signal);
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
