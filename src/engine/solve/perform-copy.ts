/** COPY and ADD: everything they take, put together to a layer. */

import { allOrNone } from "../../execute/all-or-none.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { openArchiveFile } from "../copy/open-archive.ts";
import { planCopy } from "../copy/plan-copy.ts";
import type { CopyItem, OpenArchive } from "../copy/request.ts";
import { problem } from "../graph/problem.ts";
import { type BuildContext, type CopySource, type CopyStep, isStep, type Step } from "../graph/step.ts";
import { inlineContent } from "../tree/entry.ts";
import { emptyTree } from "../tree/tree.ts";
import { fetchRepository } from "./fetch-repository.ts";
import { imageTree, textReader } from "./image-files.ts";
import { performEntries } from "./layer-step.ts";
import type { PerformContext, Performed } from "./perform-context.ts";
import { layersOf } from "./solved.ts";

const sourcesAtOnce = 8;

/** Rejects with a BuildFailure when something is not there, or does not go where it should. */
export async function performCopy(step: CopyStep, context: PerformContext): Promise<Performed> {
  const { services, base, signal, observer } = context;
  const { epochSeconds } = step;
  // Opened when the entries are listed, after all sources are there.
  const openArchive = openArchiveFile(services.store, signal);
  const items = await allOrNone(step.sources, { atOnce: sourcesAtOnce, signal }, (source, own) =>
    copyItem(source, { step, context: { ...context, signal: own }, openArchive }),
  );
  // What a link copies goes on any base, so the base is not even looked at: but for the names of owners.
  const tree = step.link && step.mode === undefined && step.owner === undefined ? emptyTree : await baseTree();
  const { entries, warnings } = await planCopy(
    {
      base: tree,
      items,
      destination: step.destination,
      ...(step.owner === undefined ? {} : { owner: step.owner }),
      ...(step.mode === undefined ? {} : { mode: step.mode }),
      link: step.link,
      accounts: textReader(tree, services, signal),
      nowSeconds: epochSeconds ?? Math.floor(services.now() / 1000),
      knownHash: (content) => services.store.hashes.find(content),
    },
    signal,
  );
  for (const { message, hint } of warnings) observer.warning(step, message, hint);
  return performEntries({ step, entries, epochSeconds }, context);

  function baseTree() {
    return imageTree(layersOf(base), services, signal);
  }
}

interface ItemOptions {
  readonly step: CopyStep;
  readonly context: PerformContext;
  readonly openArchive: OpenArchive;
}

async function copyItem(source: CopySource, options: ItemOptions): Promise<CopyItem> {
  const { openArchive, context } = options;
  const { services, signal, observer } = context;
  const onProgress = (progress: Parameters<typeof observer.progress>[1]): void =>
    observer.progress(options.step, progress);
  switch (source.kind) {
    case "text": {
      const content = inlineContent(Buffer.from(source.text));
      const seconds = options.step.epochSeconds ?? Math.floor(services.now() / 1000);
      return { kind: "file", name: source.name, content, mode: 0o644, seconds, unpack: false };
    }
    case "http": {
      const { url, checksum, unpack } = source;
      const file = await services.sources.http({ url, ...expected(checksum, options.step), onProgress }, signal);
      const content = { kind: "range", file: file.file, offset: 0, size: file.size } as const;
      return { kind: "file", name: file.name, content, mode: 0o600, seconds: file.seconds, unpack, openArchive };
    }
    case "git": {
      const { address, checksum, keepGitDir, excludes } = source;
      const request = { address, keepGitDir, ...(checksum === undefined ? {} : { checksum }) };
      const { tree } = await fetchRepository(request, context);
      return { kind: "paths", tree, patterns: ["/"], excludes, parents: false, unpack: false, ownerless: true };
    }
    case "paths": {
      const { patterns, excludes, parents, unpack } = source;
      const files = await filesOf(source.from, context);
      return { kind: "paths", ...files, patterns, excludes, parents, unpack, openArchive };
    }
    default:
      return source satisfies never;
  }
}

function expected(checksum: string | undefined, { span }: CopyStep): { readonly checksum?: Digest } {
  if (checksum === undefined) return {};
  if (isDigest(checksum)) return { checksum };
  throw problem("build/bad-instruction", `ADD --checksum: ${JSON.stringify(checksum)} is no digest`, {
    ...(span === undefined ? {} : { span }),
    hint: "write sha256: and 64 hexadecimal digits",
  });
}

/** Where paths are taken from, and what is said of it when they are not there. */
async function filesOf(from: BuildContext | Step, { services, input, signal }: PerformContext) {
  if (isStep(from)) {
    return { tree: await imageTree(layersOf(input(from)), services, signal), ownerless: false };
  }
  const { tree, excluded } = await services.contexts.open(from, signal);
  return { tree, ownerless: true, origin: from.name, excluded };
}
