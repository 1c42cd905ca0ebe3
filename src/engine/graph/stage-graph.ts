/**
 * From a Dockerfile to the steps of one platform. Stages are gone through when something needs them, the wanted one first, so that what
 * nothing needs is neither resolved nor checked.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Span } from "../../base/span.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { Dockerfile, Stage } from "../../dockerfile/dockerfile.ts";
import type { Instruction, Word } from "../../dockerfile/instruction.ts";
import { parseInstruction } from "../../dockerfile/parse.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import type { StageResult } from "../result.ts";
import type { ResolvedImage } from "../source/sources.ts";
import { imageState, inherited, resultState } from "./base-state.ts";
import { configure } from "./configure.ts";
import { changeFolder, copyFiles } from "./copy-files.ts";
import { expand } from "./expansion.ts";
import type { Grants } from "./grants.ts";
import { platformArguments } from "./platform-arguments.ts";
import { type DockerfileText, problem } from "./problem.ts";
import { runCommand } from "./run-command.ts";
import { scanTargets } from "./scan-targets.ts";
import type { RunSettings, StageScope } from "./scope.ts";
import { type StageNaming, type StageState, scratchState, stepName, withConfig, withHistory } from "./stage-state.ts";
import { type BuildContext, type ImageStep, identify, type Step } from "./step.ts";

export interface GraphRequest {
  readonly dockerfile: Dockerfile;
  /** The stage that is wanted, by name or number; the last one by default. */
  readonly stage?: string;
  readonly platform: Platform;
  readonly buildPlatform: Platform;
  /** Steps are named with their platform when there are several. */
  readonly showPlatform?: string;
  readonly buildArguments: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly epochSeconds?: number;
  /** All stages, or those of these names (lower case). */
  readonly ignoreCache: true | ReadonlySet<string>;
  readonly pull: boolean;
  readonly run: RunSettings;
  readonly grants: Grants;
  readonly signal: AbortSignal;
  readonly context: BuildContext;
  /** A context by the name it is given in the target, for a platform. */
  readonly named: (name: string, platform: Platform) => Promise<NamedContext | undefined>;
  readonly resolveImage: (reference: string, platform: Platform, from: ImagePlace) => Promise<ResolvedImage>;
}

/** Where an image is named. */
export interface ImagePlace {
  readonly span: Span;
  /** A way out where there is no such image: the name of a stage is near. */
  readonly mayMean?: string;
}

export type NamedContext =
  | { readonly kind: "files"; readonly context: BuildContext }
  | { readonly kind: "image"; readonly reference: string }
  | { readonly kind: "resolved"; readonly image: ResolvedImage }
  | { readonly kind: "result"; readonly id: string; readonly result: StageResult };

export interface BuiltStage extends StageState {
  /** What a scanner is shown besides the result, by name. */
  readonly scanned: ReadonlyMap<string, BuildContext | Step>;
}

/** Rejects with a BuildFailure for what is wrong in the Dockerfile, with what the resolving of an image rejects with, with the signal's reason. */
export async function graphOf(request: GraphRequest): Promise<BuiltStage> {
  const graph = new StageGraph(request);
  const state = await graph.state(graph.wanted);
  const scanned = await graph.scanned();
  const labels = Object.fromEntries(request.labels);
  const labelled = request.labels.size === 0 ? {} : { Labels: { ...state.config.Labels, ...labels } };
  return { ...withConfig(state, labelled), scanned };
}

/** After so many instructions others have their turn: who calls off the build, too. */
const turnLength = 100;

class StageGraph {
  readonly #request: GraphRequest;
  readonly #text: DockerfileText;
  readonly #globals: ReadonlyMap<string, string>;
  readonly #states = new Map<number, Promise<StageState>>();

  constructor(request: GraphRequest) {
    this.#request = request;
    const { source, directives } = request.dockerfile;
    this.#text = { source, escape: directives.escape };
    this.#globals = this.#globalVariables();
  }

  get wanted(): Stage {
    const { stages } = this.#request.dockerfile;
    const { stage: name = "" } = this.#request;
    const last = stages.at(-1);
    if (last === undefined) throw problem("build/empty-dockerfile", "the Dockerfile has no FROM");
    const named = name === "" ? last : this.#stageNamed(name, stages.length);
    if (named !== undefined) return named;
    const names = stages.flatMap((stage) => stage.name ?? []);
    const hint = didYouMean(name, names) ?? (names.length === 0 ? undefined : `stages: ${names.join(", ")}`);
    throw problem(
      "build/stage-not-found",
      `target stage ${JSON.stringify(name)} could not be found`,
      hint === undefined ? {} : { hint },
    );
  }

  state(stage: Stage): Promise<StageState> {
    const known = this.#states.get(stage.index);
    if (known !== undefined) return known;
    const state = this.#evaluate(stage);
    this.#states.set(stage.index, state);
    return state;
  }

  /** Of the stages that were needed, all of which are known by then. */
  async scanned(): Promise<ReadonlyMap<string, BuildContext | Step>> {
    const { dockerfile, context } = this.#request;
    const needed = dockerfile.stages.filter(({ index }) => this.#states.has(index));
    const stages = await Promise.all(needed.map(async (stage) => ({ stage, state: await this.state(stage) })));
    const isAlone = dockerfile.stages.length === 1;
    return scanTargets({ wanted: this.wanted, stages, globals: this.#globals, context, isAlone });
  }

  async #evaluate(stage: Stage): Promise<StageState> {
    const { start, ownStep } = await this.#start(stage);
    const triggers = this.#triggers(start, stage);
    const { OnBuild: _, ...config } = start.config;
    const begun: StageState = { ...start, config, commandGiven: false, stepsNamed: 0 };
    const instructions = [...triggers, ...stage.instructions];
    const sources = await this.#sources(stage, instructions);
    const naming = this.#naming(stage, instructions, ownStep);
    let state = ownStep ? nameBase(begun, naming, stage) : begun;
    const scope = this.#scope(stage, sources, naming);
    for (const [index, instruction] of instructions.entries()) {
      state = dispatch(state, instruction, scope);
      if (index % turnLength !== turnLength - 1) continue;
      await nextTurn();
      this.#request.signal.throwIfAborted();
    }
    return state;
  }

  /** What FROM names: a named context, nothing, an earlier stage, an image. `ownStep`: it is shown as a step of the stage. */
  async #start(stage: Stage): Promise<{ readonly start: StageState; readonly ownStep: boolean }> {
    const name = this.#expandGlobal(stage.from);
    if (name === "") {
      throw problem("build/bad-instruction", `FROM ${stage.from.text}: the name of the image is empty`, {
        span: stage.from.span,
        hint: "give the ARG before FROM a default, or a value with --build-arg",
      });
    }
    const platform = this.#platformOf(stage);
    const named = await this.#named(name, stage, platform);
    if (named !== undefined) return this.#fromNamed(named, stage, platform);
    // Nothing is for no platform: what is put into it is for the one that is built.
    if (name === "scratch") return { start: scratchState(this.#request.platform), ownStep: false };
    const earlier = this.#stageNamed(name, stage.index, { byNumber: false });
    if (earlier !== undefined) return { start: inherited(await this.state(earlier)), ownStep: false };
    const mayMean = this.#nearStage(name, stage);
    const image = await this.#request.resolveImage(name, platform, {
      span: stage.from.span,
      ...(mayMean === undefined ? {} : { mayMean }),
    });
    return { start: imageState(image), ownStep: true };
  }

  /** A context may take the place of a stage, too. */
  async #named(base: string, stage: Stage, platform: Platform): Promise<NamedContext | undefined> {
    const replaced = stage.name === undefined ? undefined : await this.#request.named(stage.name, platform);
    return replaced ?? (await this.#request.named(base, platform));
  }

  async #fromNamed(named: NamedContext, stage: Stage, platform: Platform) {
    switch (named.kind) {
      case "image":
        return {
          start: imageState(await this.#request.resolveImage(named.reference, platform, stage.from)),
          ownStep: true,
        };
      case "resolved":
        return { start: imageState(named.image), ownStep: true };
      case "result":
        refuseOtherPlatform(named.result, platform, stage);
        return { start: resultState(named.result, named.id), ownStep: false };
      case "files": {
        const step = this.#folderStep(named.context);
        const history = { layer: true, epochSeconds: this.#request.epochSeconds };
        const start = withHistory({ ...scratchState(platform), top: step }, `FROM ${stage.from.text}`, history);
        return { start, ownStep: false };
      }
      default:
        return named satisfies never;
    }
  }

  #folderStep(context: BuildContext): Step {
    return {
      kind: "folder",
      id: identify({ kind: "folder", context }),
      name: `[internal] load ${context.name}`,
      context,
      ignoreCache: this.#request.ignoreCache === true,
    };
  }

  #triggers({ config }: StageState, { from }: Stage): readonly Instruction[] {
    return (config.OnBuild ?? []).map((trigger) => {
      const { value, diagnostics } = parseInstruction(trigger, { name: `ONBUILD of ${from.text}`, usedAt: from.span });
      const [wrong] = diagnostics.filter(({ severity }) => severity === "error");
      if (value !== undefined && wrong === undefined) return { ...value, original: `ONBUILD ${value.original}` };
      throw problem("build/bad-trigger", `ONBUILD ${trigger}: ${wrong?.message ?? "this is no instruction"}`, {
        span: from.span,
        hint: "the image that the stage starts from says so; choose another one",
      });
    });
  }

  /** Everything that `--from` names in a stage, worked out before its instructions are gone through. */
  async #sources(
    stage: Stage,
    instructions: readonly Instruction[],
  ): Promise<ReadonlyMap<string, BuildContext | Step>> {
    const words = instructions.flatMap((instruction): readonly Word[] => {
      if (instruction.keyword === "COPY") return instruction.from === undefined ? [] : [instruction.from];
      if (instruction.keyword !== "RUN") return [];
      return instruction.mounts.flatMap(({ fields, span }) =>
        fields.flatMap(({ key, value }) => (key === "from" && value ? [{ text: value, span }] : [])),
      );
    });
    const sources = new Map<string, BuildContext | Step>();
    for (const word of words) {
      if (!sources.has(word.text)) sources.set(word.text, await this.#source(word, stage));
    }
    return sources;
  }

  async #source(word: Word, stage: Stage): Promise<BuildContext | Step> {
    const { text: name, span } = word;
    if (name.includes("$")) {
      throw problem("build/bad-instruction", `--from=${name}: variables cannot be used here`, {
        span,
        hint: "make a stage of it: FROM $NAME AS source, with the ARG before the first FROM; then --from=source",
      });
    }
    const platform = this.#platformOf(stage);
    const named = await this.#request.named(name, platform);
    if (named !== undefined) return this.#filesOf(named, platform);
    const { stages } = this.#request.dockerfile;
    const found = this.#stageNamed(name, stages.length);
    if (found === undefined && /^[0-9]+$/.test(name)) {
      throw problem("build/stage-not-found", `--from=${name}: there is no stage ${name}`, {
        span,
        hint:
          stage.index === 0 ? "there are no stages before this one" : `stages before this one: 0 to ${stage.index - 1}`,
      });
    }
    if (found !== undefined && found.index >= stage.index) {
      const which = found.index === stage.index ? "the stage it is in" : "a stage that comes later";
      throw problem("build/stage-not-found", `--from=${name} names ${which}`, {
        span,
        hint: "only stages above it can be copied from",
      });
    }
    if (found !== undefined) return topOf(await this.state(found));
    if (name === "scratch") return emptyStep;
    const mayMean = this.#nearStage(name, stage);
    return { ...this.#imageStep(name, platform), span, ...(mayMean === undefined ? {} : { mayMean }) };
  }

  /** "Did you mean" for a name that no stage above has and that is taken for an image's. */
  #nearStage(name: string, { index }: Stage): string | undefined {
    const above = this.#request.dockerfile.stages.slice(0, index);
    return didYouMean(
      name,
      above.flatMap((stage) => stage.name ?? []),
    );
  }

  async #filesOf(named: NamedContext, platform: Platform): Promise<BuildContext | Step> {
    switch (named.kind) {
      case "files":
        return named.context;
      case "image":
        return this.#imageStep(named.reference, platform);
      case "resolved":
        return topOf(imageState(named.image));
      case "result":
        return topOf(resultState(named.result, named.id));
      default:
        return named satisfies never;
    }
  }

  #imageStep(reference: string, platform: Platform): ImageStep {
    const meaning = { kind: "image", reference, platform, pull: this.#request.pull } as const;
    return { ...meaning, id: identify(meaning), name: `FROM ${reference}`, ignoreCache: false };
  }

  #scope(stage: Stage, sources: ReadonlyMap<string, BuildContext | Step>, naming: StageNaming): StageScope {
    const { buildArguments, epochSeconds, ignoreCache, context, run, grants } = this.#request;
    return {
      text: this.#text,
      globals: this.#globals,
      buildArguments,
      ...(epochSeconds === undefined ? {} : { epochSeconds }),
      naming,
      ignoreCache: ignoreCache === true || ignoreCache.has((stage.name ?? String(stage.index)).toLowerCase()),
      context,
      resolveFrom: ({ text, span }) => {
        const source = sources.get(text);
        if (source === undefined) throw problem("build/stage-not-found", `--from=${text} names nothing`, { span });
        return source;
      },
      run,
      grants,
    };
  }

  #naming(stage: Stage, instructions: readonly Instruction[], ownStep: boolean): StageNaming {
    const { showPlatform, dockerfile } = this.#request;
    const name = dockerfile.stages.length > 1 ? (stage.name ?? `stage-${stage.index}`) : undefined;
    const steps = instructions.filter(({ keyword }) => ["ADD", "COPY", "RUN", "WORKDIR"].includes(keyword)).length;
    return {
      label: [showPlatform, name].filter((part) => part !== undefined).join(" "),
      total: steps + (ownStep ? 1 : 0),
    };
  }

  #platformOf(stage: Stage): Platform {
    const { platform, buildPlatform } = this.#request;
    if (stage.platform === undefined) return platform;
    const text = this.#expandGlobal(stage.platform);
    const parsed = parsePlatform(text, buildPlatform);
    if (parsed.ok) return parsed.value;
    throw problem("build/bad-platform", `FROM --platform: ${parsed.message}`, { span: stage.platform.span });
  }

  /** By name whatever the case, or by number, among the first `limit`. */
  #stageNamed(name: string, limit: number, { byNumber = true } = {}): Stage | undefined {
    const earlier = this.#request.dockerfile.stages.slice(0, limit);
    // The last of several of one name.
    const named = earlier.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase());
    return named ?? (byNumber && /^[0-9]+$/.test(name) ? earlier[Number(name)] : undefined);
  }

  #expandGlobal(word: Word): string {
    return expand(word.text, { variables: this.#globals, span: word.span, scope: { text: this.#text } });
  }

  #globalVariables(): ReadonlyMap<string, string> {
    const { dockerfile, buildArguments, platform, buildPlatform, stage } = this.#request;
    const variables = new Map(platformArguments({ build: buildPlatform, target: platform, stage }));
    for (const [name] of variables) variables.set(name, buildArguments.get(name) ?? variables.get(name) ?? "");
    for (const { items, span } of dockerfile.globals) {
      for (const { name, value: byDefault } of items) {
        const value =
          buildArguments.get(name) ??
          (byDefault === undefined ? undefined : expand(byDefault, { variables, span, scope: { text: this.#text } }));
        if (value !== undefined) variables.set(name, value);
      }
    }
    return variables;
  }
}

/** Files may be copied from a result of any platform; what is built on it would not run. */
function refuseOtherPlatform(result: StageResult, wanted: Platform, { from }: Stage): void {
  const [built, asked] = [formatPlatform(result.platform), formatPlatform(wanted)];
  if (built === asked) return;
  throw problem("build/link-platform", `FROM ${from.text}: the linked target is built for ${built}, not for ${asked}`, {
    span: from.span,
    hint: "give both targets the same platforms",
  });
}

function dispatch(state: StageState, instruction: Instruction, scope: StageScope): StageState {
  switch (instruction.keyword) {
    case "ADD":
    case "COPY":
      return copyFiles(state, instruction, scope);
    case "RUN":
      return runCommand(state, instruction, scope);
    case "WORKDIR":
      return changeFolder(state, instruction, scope);
    default:
      return configure(state, instruction, scope);
  }
}

/** FROM an image is the first step of its stage. */
function nameBase(state: StageState, naming: StageNaming, { original }: Stage): StageState {
  const { top } = state;
  if (top === undefined) return state;
  const text = top.name === "" ? original : `FROM ${top.name}`;
  return { ...state, top: { ...top, name: stepName(naming, 1, text) }, stepsNamed: 1 };
}

const emptyStep: Step = {
  kind: "base",
  id: identify({ kind: "empty" }),
  name: "scratch",
  layers: [],
  ignoreCache: false,
};

function topOf({ top }: StageState): Step {
  return top ?? emptyStep;
}
