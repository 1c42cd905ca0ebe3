/**
 * Loads CommonJS files with the compiled code of earlier runs, which saves a third of the start-up. Node 22.8 does this by itself; for older
 * ones the files are compiled here with the code that V8 gave us last time. A missing, stale or unwritable cache costs time, nothing else.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { errnoCode } from "../base/errors.ts";
import { version } from "./version.ts";

type Require = (specifier: string) => unknown;
type Wrapper = (exports: unknown, require: Require, module: { exports: unknown }, file: string, folder: string) => void;

/** Runs a CommonJS file and, through its `require`, the files beside it. */
export function requireCompiled(file: string): unknown {
  if ("enableCompileCache" in nodeModule && typeof nodeModule.enableCompileCache === "function") {
    nodeModule.enableCompileCache();
    return nodeModule.createRequire(file)(file);
  }
  const short = isShort(process.argv[2]);
  if (short) for (const flag of flagsOfShort) setFlagsFromString(flag);
  return new CompiledFiles(codeFolder(short ? "short" : "long"), nodeModule.createRequire(file)).load(file);
}

/**
 * Node 20 spends half the time of a short command on optimising code that is about to be through; with a larger budget it waits until a
 * function has really run long. And it lets the space for new objects grow from 1 to 16 MiB, to clean it up less often: but nearly all that
 * planning makes stays, so that is a larger part of the memory to be touched for nothing. Left small, 3,000 targets take 15 % less
 * processor time and 96 instead of 124 MB, 20,000 targets 7 % more and 327 instead of 392 MB. So small a space is cleaned up sooner by one
 * thread than it takes to wake others, above all on a machine that is busy.
 */
const flagsOfShort: readonly string[] = [
  "--interrupt-budget=1000000",
  "--semi-space-growth-factor=1",
  "--no-parallel-scavenge",
];

/** Commands that read, plan and end. Their flags are set before any code is loaded, because kept code belongs to the flags it was made with. */
function isShort(command: string | undefined): boolean {
  return command !== "build" && command !== "bake";
}

class CompiledFiles {
  readonly #folder: string;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #fresh = new Map<string, Script>();
  /** For what comes with Node, all that is left to require in a bundle. Made once: each costs as much as reading a file. */
  readonly #native: Require;

  constructor(folder: string, native: Require) {
    this.#folder = folder;
    this.#native = native;
    process.once("exit", () => this.#keep());
  }

  load(file: string): unknown {
    const known = this.#modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    this.#modules.set(file, module);
    const wrapper: Wrapper = this.#compile(file).runInThisContext();
    wrapper(module.exports, this.#requireOf(file), module, file, dirname(file));
    return module.exports;
  }

  #requireOf(file: string): Require {
    const folder = dirname(file);
    return (specifier) => (specifier.startsWith(".") ? this.load(join(folder, specifier)) : this.#native(specifier));
  }

  #compile(file: string): Script {
    const source = `(function (exports, require, module, __filename, __dirname) {${withoutShebang(readFileSync(file, "utf8"))}\n})`;
    const cachedData = readCode(this.#pathOf(file));
    const script = new Script(source, { filename: file, ...(cachedData ? { cachedData } : {}) });
    if (!cachedData || script.cachedDataRejected) this.#fresh.set(file, script);
    return script;
  }

  /** Now that it has run, V8 knows which functions are worth keeping. */
  #keep(): void {
    try {
      if (this.#fresh.size === 0) return;
      makeFolder(this.#folder);
      removeStale(this.#folder);
      for (const [file, script] of this.#fresh) writeWhole(this.#pathOf(file), script.createCachedData());
    } catch {
      // A full or read-only home is no reason to fail, nor to tell.
    }
  }

  /** V8 itself checks only the length of a source: which file of which time it was is for us to tell. */
  #pathOf(file: string): string {
    return join(this.#folder, `${basename(file)}-${Math.trunc(statSync(file).mtimeMs)}.code`);
  }
}

/** One folder for each version of tsbake and of Node, and for each set of flags, without which V8 would refuse the code. */
function codeFolder(flavour: string): string {
  const { TSBAKE_CACHE_DIR: own, XDG_CACHE_HOME: shared } = process.env;
  const cache = own || join(shared && isAbsolute(shared) ? shared : join(homedir(), ".cache"), "tsbake");
  return join(cache, "code", `${version}-node-${process.version}-${process.arch}-${flavour}`);
}

/** Code nobody has written for a month belongs to files that are gone. */
function removeStale(folder: string): void {
  const oldest = Date.now() - 30 * 24 * 3600 * 1000;
  const codes = dirname(folder);
  for (const name of readdirSync(codes)) {
    if (name !== basename(folder) && statSync(join(codes, name)).mtimeMs < oldest) {
      rmSync(join(codes, name), { recursive: true, force: true });
    }
  }
}

/** Not `recursive`: Node 20 never comes back from that below /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return;
    if (errnoCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

function readCode(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function writeWhole(path: string, data: Buffer): void {
  const staged = `${path}.${process.pid}`;
  writeFileSync(staged, data, { mode: 0o600 });
  renameSync(staged, path);
}

function withoutShebang(source: string): string {
  return source.startsWith("#!") ? source.slice(source.indexOf("\n")) : source;
}
