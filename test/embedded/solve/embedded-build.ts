/** A folder with a build file, built by the embedded engine through the library. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type BuildEvent, type BuildOptions, build, load, plan, type RunResult } from "../../../src/index.ts";

export interface EmbeddedFolder {
  readonly path: string;
  /** Writes files; parents are made. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly run: (options?: Partial<RunOptions>) => Promise<FinishedRun>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface RunOptions extends BuildOptions {
  readonly targets: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where the build file is read instead of the folder. */
  readonly remote: string;
}

export interface FinishedRun {
  readonly result: RunResult;
  readonly events: readonly BuildEvent[];
  /** What steps printed, all of it. */
  readonly output: string;
  /** `build id: status`, with why where it did not succeed. */
  readonly outcomes: Readonly<Record<string, string>>;
}

/** With a cache of its own, which goes with it. */
export async function openEmbeddedFolder(): Promise<EmbeddedFolder> {
  const path = await mkdtemp(join(tmpdir(), "tsbake-embedded-"));
  const write: EmbeddedFolder["write"] = async (files) => {
    for (const [name, text] of Object.entries(files)) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  };
  return {
    path,
    write,
    run: (options = {}) => run(path, options),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function run(workingFolder: string, options: Partial<RunOptions>): Promise<FinishedRun> {
  const { targets = ["default"], environment = {}, remote, ...rest } = options;
  const surroundings = {
    workingFolder,
    environment: { PATH: process.env.PATH, TSBAKE_CACHE_DIR: join(workingFolder, ".cache"), ...environment },
  };
  const elsewhere = remote === undefined ? {} : { remote, builder: "embedded" };
  const definition = await load({ ...surroundings, ...elsewhere });
  const planned = plan(definition.value, { ...surroundings, targets });
  const problems = [...definition.diagnostics, ...planned.diagnostics].filter(({ severity }) => severity === "error");
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  const events: BuildEvent[] = [];
  const result = await build(planned.value, {
    ...surroundings,
    builder: "embedded",
    ...rest,
    onEvent: (event) => {
      events.push(event);
      rest.onEvent?.(event);
    },
  });
  const output = events
    .flatMap((event) => (event.type === "step-log" ? [Buffer.from(event.data).toString("utf8")] : []))
    .join("");
  const outcomes = Object.fromEntries([...result.outcomes].map(([id, outcome]) => [id, wordsOf(outcome)]));
  return { result, events, output, outcomes };
}

function wordsOf(outcome: RunResult["outcomes"] extends ReadonlyMap<string, infer O> ? O : never): string {
  switch (outcome.status) {
    case "succeeded":
      return outcome.cached ? "cached" : "done";
    case "failed":
      return `failed: ${outcome.code}: ${outcome.message}`;
    default:
      return outcome.status;
  }
}
