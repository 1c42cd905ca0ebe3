/**
 * The few instructions that change files without running anything, interpreted one after the other with `planCopy` and `planWorkdir`: enough to
 * hold these against what BuildKit made of the same Dockerfiles, without the rest of the engine.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { joinPath } from "../../../src/base/path.ts";
import { expandWord } from "../../../src/dockerfile/expand.ts";
import type { AddInstruction, CopyInstruction, Instruction, Word } from "../../../src/dockerfile/instruction.ts";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { openArchiveFile } from "../../../src/engine/copy/open-archive.ts";
import { ownerOf } from "../../../src/engine/copy/owner.ts";
import { planCopy } from "../../../src/engine/copy/plan-copy.ts";
import { planWorkdir } from "../../../src/engine/copy/plan-workdir.ts";
import type { Accounts, CopyItem, CopyWarning, OpenArchive } from "../../../src/engine/copy/request.ts";
import { openLayerStore } from "../../../src/engine/layer/layer-store.ts";
import { openContent } from "../../../src/engine/layer/open-content.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { openContextTree } from "../../../src/engine/tree/context-tree.ts";
import { type FileContent, inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";
import { layeredTree } from "../../../src/engine/tree/layered-tree.ts";
import { resolvePath } from "../../../src/engine/tree/resolve-path.ts";
import type { Tree } from "../../../src/engine/tree/tree.ts";
import { contextTime, epoch, fixtureFolder, type ParityCase } from "../../parity/case.ts";

export interface Interpreted {
  /** As they were planned. */
  readonly layers: readonly (readonly TreeEntry[])[];
  /** As they were packed, times after the epoch clamped. */
  readonly digests: readonly string[];
  readonly warnings: readonly CopyWarning[];
}

export interface InterpretOptions {
  /** Where the context was made; named contexts are beside it. */
  readonly folder: string;
  readonly store: EngineStore;
}

interface StageState {
  readonly name: string;
  readonly layers: BuiltLayer[];
  readonly variables: Map<string, string>;
  workingFolder: string;
  user: string;
}

interface BuiltLayer {
  readonly planned: readonly TreeEntry[];
  readonly digest: string;
  /** As the store gives it back. */
  readonly stored: readonly TreeEntry[];
}

const signal = new AbortController().signal;

/** The last stage of a Dockerfile that has neither images nor RUN. Rejects where a build would fail. */
export async function interpret(probe: ParityCase, options: InterpretOptions): Promise<Interpreted> {
  const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text: probe.dockerfile });
  const problem = diagnostics.find(({ severity }) => severity === "error");
  if (problem !== undefined) throw new Error(problem.message);
  const stages: StageState[] = [];
  const warnings: CopyWarning[] = [];
  for (const { name, from, instructions } of value.stages) {
    const parent = stages.find((stage) => stage.name === from.text.toLowerCase());
    stages.push({
      name: (name ?? "").toLowerCase(),
      layers: [...(parent?.layers ?? [])],
      variables: new Map(parent?.variables),
      workingFolder: parent?.workingFolder ?? "/",
      user: parent?.user ?? "",
    });
    const interpreter = new Interpreter(stages, probe, options, warnings);
    for (const instruction of instructions) await interpreter.take(instruction);
  }
  const layers = stages.at(-1)?.layers ?? [];
  return { layers: layers.map(({ planned }) => planned), digests: layers.map(({ digest }) => digest), warnings };
}

class Interpreter {
  readonly #stages: readonly StageState[];
  readonly #stage: StageState;
  readonly #probe: ParityCase;
  readonly #options: InterpretOptions;
  readonly #warnings: CopyWarning[];

  constructor(stages: readonly StageState[], probe: ParityCase, options: InterpretOptions, warnings: CopyWarning[]) {
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error("no stage");
    this.#stages = stages;
    this.#stage = stage;
    this.#probe = probe;
    this.#options = options;
    this.#warnings = warnings;
  }

  async take(instruction: Instruction): Promise<void> {
    const stage = this.#stage;
    switch (instruction.keyword) {
      case "ENV":
        for (const { key, value } of instruction.pairs) stage.variables.set(key, this.#expand(value));
        return;
      case "ARG":
        for (const { name, value } of instruction.items) {
          if (value !== undefined) stage.variables.set(name, this.#expand(value));
        }
        return;
      case "USER":
        stage.user = this.#expand(instruction.user.text);
        return;
      case "WORKDIR":
        stage.workingFolder = joinPath(stage.workingFolder, this.#expand(instruction.path.text));
        if (stage.workingFolder !== "/") await this.#makeWorkdir();
        return;
      case "COPY":
      case "ADD":
        return this.#copy(instruction);
      default:
    }
  }

  async #makeWorkdir(): Promise<void> {
    const { workingFolder, user, layers } = this.#stage;
    const base = this.#base();
    const owner = user === "" ? { uid: 0, gid: 0 } : await ownerOf(user, this.#accountsOf(base), base);
    layers.push(await this.#pack(planWorkdir({ base, path: workingFolder, ...owner, nowSeconds: epoch + 1 }).entries));
  }

  async #pack(planned: readonly TreeEntry[]): Promise<BuiltLayer> {
    const store = openLayerStore(this.#options.store);
    const { layer } = await store.pack(planned, { signal });
    const { diffId: digest } = await store.clamped(layer, epoch, signal);
    return { planned, digest, stored: await store.entries(layer, signal) };
  }

  async #copy(instruction: CopyInstruction | AddInstruction): Promise<void> {
    const base = this.#base();
    const optional = (word: Word | undefined) => (word === undefined ? undefined : this.#expand(word.text));
    const owner = optional(instruction.owner);
    const mode = optional(instruction.mode);
    const plan = await planCopy(
      {
        base,
        items: instruction.sources.map((source) =>
          "heredoc" in source
            ? this.#text(source.heredoc.name, source.heredoc.body, source.heredoc.expand)
            : this.#paths(instruction, this.#expand(source.text)),
        ),
        destination: this.#destination(this.#expand(instruction.destination.text)),
        ...(owner === undefined ? {} : { owner }),
        ...(mode === undefined ? {} : { mode }),
        link: instruction.link,
        accounts: this.#accountsOf(base),
        nowSeconds: epoch + 1,
      },
      signal,
    );
    this.#stage.layers.push(await this.#pack(plan.entries));
    this.#warnings.push(...plan.warnings);
  }

  #paths(instruction: CopyInstruction | AddInstruction, pattern: string): CopyItem {
    const openArchive = this.#openArchive;
    const unpack = instruction.keyword === "ADD" && (instruction.unpack ?? !pattern.startsWith("http:"));
    if (pattern.startsWith("http:")) return this.#fetched(pattern, unpack);
    if (instruction.keyword === "ADD" && instruction.checksum !== undefined)
      throw new Error("a checksum of a local file");
    const { tree, ownerless } = this.#from(instruction);
    return {
      kind: "paths",
      tree,
      patterns: [pattern],
      excludes: instruction.excludes.map(({ text }) => this.#expand(text)),
      parents: instruction.parents,
      unpack,
      ownerless,
      openArchive,
    };
  }

  #from(instruction: CopyInstruction | AddInstruction): { readonly tree: Tree; readonly ownerless: boolean } {
    const { folder } = this.#options;
    const from = instruction.keyword === "COPY" ? instruction.from?.text : undefined;
    if (from === undefined) return { tree: openContextTree(join(folder, "ctx")), ownerless: true };
    if (from.includes("$")) throw new Error("a variable in --from");
    const stage = this.#stages.find(({ name }, index) => name === from.toLowerCase() || String(index) === from);
    if (stage !== undefined) return { tree: layeredTree(stage.layers.map(({ stored }) => stored)), ownerless: false };
    if (this.#probe.named?.[from] === undefined) throw new Error(`no stage ${from}`);
    return { tree: openContextTree(join(folder, from)), ownerless: true };
  }

  #text(name: string, body: string, expand: boolean): CopyItem {
    const text = expand
      ? expandWord(body, { escape: "\\", variable: (key) => this.#stage.variables.get(key), plainQuotes: true }).value
      : body;
    const content = inlineContent(Buffer.from(text));
    return { kind: "file", name, content, mode: 0o644, seconds: epoch + 1, unpack: false };
  }

  #fetched(url: string, unpack: boolean): CopyItem {
    const name = new URL(url).pathname.slice(1);
    const content = inlineContent(readFileSync(join(fixtureFolder, name)));
    const openArchive = this.#openArchive;
    return { kind: "file", name, content, mode: 0o600, seconds: 1_550_000_000, unpack, openArchive };
  }

  #destination(text: string): string {
    const path = joinPath(this.#stage.workingFolder, text);
    return /(^\.?|\/\.?)$/.test(text) && path !== "/" ? `${path}/` : path;
  }

  #base(): Tree {
    return layeredTree(this.#stage.layers.map(({ stored }) => stored));
  }

  #accountsOf(tree: Tree): Accounts {
    return async (path) => {
      const entry = tree.lstat(resolvePath(tree, path, { followLast: true }));
      if (entry?.type !== "file") return undefined;
      return (await readContent(this.#options.store, entry.content)).toString();
    };
  }

  get #openArchive(): OpenArchive {
    return openArchiveFile(this.#options.store, signal);
  }

  #expand(text: string): string {
    return expandWord(text, { escape: "\\", variable: (name) => this.#stage.variables.get(name) }).value;
  }
}

async function readContent(store: EngineStore, content: FileContent): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of openContent(store, content, signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const letters = {
  file: "-",
  folder: "d",
  symlink: "l",
  hardlink: "h",
  fifo: "p",
  character: "c",
  block: "b",
  whiteout: "-",
} as const;

/** A layer as the probes list it, times after the epoch clamped. */
export function listing(entries: readonly TreeEntry[], store: EngineStore): Promise<readonly string[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const { type, path, mode, uid, gid, seconds } = entry;
      const octal = mode.toString(8).padStart(4, "0");
      const name = type === "whiteout" ? path.replace(/([^/]*)$/, ".wh.$1") : path;
      const shown = `/${name}${type === "folder" ? "/" : ""}`;
      return `${letters[type]} ${octal} ${uid}:${gid}${sizeOf(entry)} ${shown}${pointing(entry)} @${timeOf(seconds)}${await textOf(entry, store)}`;
    }),
  );
}

function sizeOf(entry: TreeEntry): string {
  if (entry.type === "file") return ` ${entry.content.size}`;
  return entry.type === "whiteout" ? " 0" : "";
}

function pointing(entry: TreeEntry): string {
  if (entry.type === "symlink" || entry.type === "hardlink") return ` -> ${entry.target}`;
  return entry.type === "character" || entry.type === "block" ? ` ${entry.major},${entry.minor}` : "";
}

function timeOf(seconds: number): string {
  if (seconds >= epoch) return "E";
  return seconds === contextTime ? "C" : String(seconds);
}

/** Short ones, as Python's `json.dumps` writes them: ASCII only. */
async function textOf(entry: TreeEntry, store: EngineStore): Promise<string> {
  if (entry.type !== "file" || entry.content.size === 0 || entry.content.size > 80) return "";
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readContent(store, entry.content));
  const quoted = JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return ` ${quoted}`;
}
