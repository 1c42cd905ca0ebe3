/** What a builder's nodes remember of past builds. */
import { TsbakeError } from "../base/errors.ts";
import type { BuildHistory, BuildRecord } from "../execute/build-history.ts";
import type { BuildNode } from "../execute/ports.ts";
import { openBuilder } from "./builder.ts";
import type { Surroundings } from "./surroundings.ts";

export type { BuildAttachment, BuildRecord } from "../execute/build-history.ts";

export interface HistoryOptions extends Surroundings {
  /** A builder's name or an address. Default: that of the environment, else the Docker engine of the context in force. */
  readonly builder?: string;
  readonly signal: AbortSignal;
}

/** A record and where it is kept. */
export interface PastBuild {
  readonly record: BuildRecord;
  readonly history: BuildHistory;
  /** `builder/node/ref`, as bake's metadata file has it. */
  readonly fullRef: string;
}

export interface PastBuilds {
  /** Newest first. */
  readonly list: () => Promise<readonly PastBuild[]>;
  /**
   * By its ref, alone or as `builder/node/ref`; `^N` is the N-th before the newest that is over, undefined the newest. Rejects with a
   * TsbakeError when there is none.
   */
  readonly find: (ref: string | undefined) => Promise<PastBuild>;
}

/** Opens the history, lets it be used, and closes it. Rejects with a TsbakeError when the builder cannot be reached or remembers nothing. */
export async function withHistory<T>(options: HistoryOptions, use: (past: PastBuilds) => Promise<T>): Promise<T> {
  const { signal } = options;
  const builder = await openBuilder(options.builder, options, { signal });
  try {
    const remembering = await Promise.all(builder.nodes.map((node) => historyOf(node, builder.note)));
    const list = async (ref?: string): Promise<readonly PastBuild[]> => {
      const lists = await Promise.all(
        remembering.map(async ({ node, history }) =>
          (await history.records(signal, ref)).map((record) => ({ record, history, fullRef: fullRef(node, record) })),
        ),
      );
      return lists.flat().sort((a, b) => b.record.createdMs - a.record.createdMs);
    };
    return await use({ list, find: async (ref) => findBuild(ref, list) });
  } finally {
    await Promise.all(builder.nodes.map((node) => node.close()));
  }
}

async function historyOf(
  node: BuildNode,
  note: string | undefined,
): Promise<{ readonly node: BuildNode; readonly history: BuildHistory }> {
  if (node.openHistory !== undefined) return { node, history: await node.openHistory() };
  const why = note === undefined ? "" : `${note}; `;
  throw new TsbakeError("api/no-history", `${why}${node.description} keeps no record of past builds`, {
    hint: "ask a Docker engine or a BuildKit daemon: tsbake history ls --builder NAME",
  });
}

async function findBuild(
  wanted: string | undefined,
  list: (ref?: string) => Promise<readonly PastBuild[]>,
): Promise<PastBuild> {
  const back = wanted === undefined ? 0 : /^\^(\d{1,6})$/.test(wanted) ? Number(wanted.slice(1)) : undefined;
  if (back === undefined) {
    const ref = wanted?.split("/").at(-1) ?? "";
    const found = (await list(ref)).find(({ record }) => record.ref === ref);
    if (found !== undefined) return found;
    throw missing(`there is no record of a build ${JSON.stringify(wanted)}`);
  }
  const over = (await list()).filter(({ record }) => record.completedMs !== undefined);
  const found = over[back];
  if (found !== undefined) return found;
  throw missing(over.length === 0 ? "no build is recorded" : `only ${over.length} builds that are over are recorded`);
}

function missing(message: string): TsbakeError {
  return new TsbakeError("api/no-such-build", message, { hint: "see what is recorded with tsbake history ls" });
}

function fullRef({ name }: BuildNode, { ref }: BuildRecord): string {
  return `${name}/${name}/${ref}`;
}
