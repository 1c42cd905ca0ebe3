/**
 * One build on the embedded engine: Dockerfile ─► steps, a chain a platform ─► results ··· finish() ─► export. Everything that an export
 * needs is kept with the job, so that repeats and linked builds find it.
 */
import { followSignal } from "../../base/follow-signal.ts";
import type { Redaction } from "../../base/redaction.ts";
import { allOrNone } from "../../execute/all-or-none.ts";
import {
  BuildFailure,
  type SolveContext,
  type SolveJob,
  type SolveRequest,
  type SolveResult,
} from "../../execute/ports.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { CacheImports } from "../cache/cache-imports.ts";
import { excerptOf } from "../graph/problem.ts";
import { type BuiltStage, type GraphRequest, graphOf, type NamedContext } from "../graph/stage-graph.ts";
import type { StageState } from "../graph/stage-state.ts";
import { identify, type RunStep, type Step } from "../graph/step.ts";
import type { Layer } from "../layer/layer.ts";
import { SourceLog } from "../provenance/source-log.ts";
import type { StageResult } from "../result.ts";
import { createScan, type Scan } from "../scan/scan.ts";
import { type Scanner, scannerOf } from "../scan/scanner.ts";
import type { SourceLedger } from "../source/ledger.ts";
import type { ResolvedImage } from "../source/sources.ts";
import { answerQuestion } from "./answer-question.ts";
import { blame } from "./blame.ts";
import { BuildCaches } from "./build-caches.ts";
import { contextKey, mainContext, namedContexts } from "./build-contexts.ts";
import { datedHistory } from "./dated-history.ts";
import type { Dockerfiles } from "./dockerfiles.ts";
import { Findings, type WantedImage } from "./findings.ts";
import type { StepTools } from "./perform-context.ts";
import { isQuestion } from "./questions.ts";
import type { ResultWriter } from "./result-writer.ts";
import type { EngineServices } from "./services.ts";
import type { SolvedStep } from "./solved.ts";
import { type Solver, stepsBelow } from "./solver.ts";
import { loadTaskName, StepReporter } from "./step-reporter.ts";
import { stepTools } from "./step-tools.ts";
import { type TargetSettings, targetSettings } from "./target-settings.ts";

export interface JobServices {
  readonly engine: EngineServices;
  readonly solver: Solver;
  readonly dockerfiles: Dockerfiles;
  readonly writeResult: ResultWriter;
  readonly imports: CacheImports;
  readonly ledger: SourceLedger;
  readonly proxyArguments: ReadonlyMap<string, string>;
}

interface Solving {
  readonly caches: BuildCaches;
  readonly tools: StepTools;
  readonly signal: AbortSignal;
}

interface Solved {
  readonly results: readonly StageResult[];
  readonly caches: BuildCaches;
  readonly scan?: Scan;
}

/** Each asks registries for its images. */
const graphsAtOnce = 8;

export class EngineJob implements SolveJob {
  readonly solved: Promise<void>;
  readonly #services: JobServices;
  readonly #request: SolveRequest;
  readonly #context: SolveContext;
  readonly #redaction: Redaction;
  /** By the key of the context they feed. */
  readonly #links: ReadonlyMap<string, SolveJob>;
  readonly #reporter: StepReporter;
  readonly #controller = new AbortController();
  readonly #release: () => void;
  readonly #startedMs: number;
  readonly #findings: Findings;
  #answer: ReadonlyMap<string, string> | undefined;
  #solved: Solved | undefined;
  #finishing: Promise<SolveResult> | undefined;

  constructor(services: JobServices, request: SolveRequest, context: SolveContext) {
    this.#services = services;
    this.#request = request;
    this.#context = context;
    const unfollow = followSignal(context.signal, this.#controller);
    const unlisten = services.engine.troubles.listen((text) => this.#warn(text));
    this.#release = () => {
      unfollow();
      unlisten();
    };
    const { now, redaction } = services.engine;
    this.#redaction = redaction;
    this.#links = new Map([...context.links].map(([name, job]) => [contextKey(name), job]));
    this.#startedMs = now();
    this.#reporter = new StepReporter({
      build: request.build.id,
      emit: context.emit,
      now,
      redaction: this.#redaction,
    });
    this.#findings = new Findings({ target: request.target, repeats: this.#repeats, reporter: this.#reporter });
    this.solved = this.#solve().catch((error: unknown) => {
      this.#release();
      throw context.signal.aborted ? context.signal.reason : this.#cleaned(error);
    });
    this.solved.catch(() => {});
  }

  finish(): Promise<SolveResult> {
    this.#finishing ??= this.#finish();
    this.#finishing.catch(() => {});
    return this.#finishing;
  }

  /** For the builds that link to this one; only after `solved`. */
  get results(): readonly StageResult[] {
    if (this.#solved === undefined) throw new Error(`${this.#request.build.id} is linked to before it is solved`);
    return this.#solved.results;
  }

  async #solve(): Promise<void> {
    const { signal } = this.#controller;
    const { target, workingFolder } = this.#request;
    const { engine, ledger } = this.#services;
    signal.throwIfAborted();
    const loaded = await this.#reporter.task(loadTaskName, () =>
      this.#services.dockerfiles.load(this.#request, signal),
    );
    const { dockerfile, inputs } = loaded;
    const settings = targetSettings(target, { host: engine.host, proxyArguments: this.#services.proxyArguments });
    if (isQuestion(target)) {
      this.#answer = answerQuestion(target, dockerfile, settings);
      return;
    }
    const caches = this.#openCaches();
    const imported = await caches.open(signal);
    const contexts = { target, inputs, workingFolder, services: engine };
    const context = await mainContext({ ...contexts, signal });
    const tools = stepTools(this.#request, engine.host, this.#redaction);
    const platforms = settings.platforms.map((platform) => ({ platform, log: new SourceLog(ledger) }));
    const graphs = allOrNone(platforms, { atOnce: graphsAtOnce, signal }, async ({ platform, log }, own) => {
      const named = namedContexts({ ...contexts, signal: own });
      const state = await graphOf({
        ...this.#graphSettings(settings, platform),
        dockerfile,
        grants: tools.grants,
        signal: own,
        context,
        named: async (name, wanted) =>
          log.named(this.#linked(name, wanted, caches) ?? (await named(name, wanted)), name, wanted),
        resolveImage: async (reference, wanted, { span, mayMean }) => {
          const image = await this.#resolveImage({ reference, platform: wanted, span }, mayMean, own);
          return log.image(image, reference, wanted);
        },
      });
      return { state, log };
    });
    // By then images are known; what keeps them from being known keeps nobody from hearing of the rest.
    let refusal: BuildFailure | undefined;
    const stages = await graphs.finally(() => {
      refusal = this.#findings.tell(dockerfile, settings, context);
    });
    if (refusal !== undefined) throw refusal;
    const states = stages.map(({ state }) => state);
    await this.#refuseImpossible(states);
    const given = { ...tools, imported };
    const scanner = scannerOf(target);
    const platform = settings.buildPlatform;
    const scannedBy = scanner === undefined ? {} : { scanner: { reference: scanner.reference, platform } };
    // How much is done at once is for the solver to say.
    const results = await allOrNone(stages, { atOnce: Number.POSITIVE_INFINITY, signal }, async (stage, own) => {
      const result = await this.#result(stage.state, settings, { caches, tools: given, signal: own });
      const sources = stage.log.sources(stepsOf(stage.state), { target, inputs, dockerfile, ...scannedBy });
      return withCache({ ...result, sources }, caches);
    });
    const scan = scanner && this.#scan(scanner, states, { ...settings, tools: given });
    this.#solved = { results, caches, ...(scan === undefined ? {} : { scan }) };
  }

  #scan(
    scanner: Scanner,
    states: readonly BuiltStage[],
    { ignoreCache, buildPlatform, tools }: TargetSettings & Pick<Solving, "tools">,
  ): Scan {
    const { target } = this.#request;
    const { engine, solver } = this.#services;
    return createScan({
      scanner,
      services: engine,
      solver,
      observer: this.#reporter,
      tools,
      platform: buildPlatform,
      pull: target.pull === true && !this.#repeats,
      ignoreCache: ignoreCache === true && !this.#repeats,
      states,
      signal: this.#controller.signal,
    });
  }

  #openCaches(): BuildCaches {
    const { target, workingFolder } = this.#request;
    const { engine, imports } = this.#services;
    return new BuildCaches({
      target,
      workingFolder,
      repeats: this.#repeats,
      engine,
      imports,
      reporter: this.#reporter,
      warn: (text) => this.#warn(text),
    });
  }

  #graphSettings(
    settings: TargetSettings,
    platform: Platform,
  ): Omit<GraphRequest, "dockerfile" | "grants" | "signal" | "context" | "named" | "resolveImage"> {
    const { target } = this.#request;
    const { platforms, buildPlatform, buildArguments, epochSeconds, run } = settings;
    return {
      ...(target.stage === undefined ? {} : { stage: target.stage }),
      platform,
      buildPlatform,
      ...(platforms.length > 1 ? { showPlatform: formatPlatform(platform) } : {}),
      buildArguments,
      labels: target.labels,
      ...(epochSeconds === undefined ? {} : { epochSeconds }),
      ignoreCache: this.#repeats ? new Set() : settings.ignoreCache,
      pull: target.pull === true && !this.#repeats,
      run,
    };
  }

  /** An export of what another build of the run has made. */
  get #repeats(): boolean {
    return this.#request.build.repeats !== undefined;
  }

  async #resolveImage(wanted: WantedImage, mayMean: string | undefined, signal: AbortSignal): Promise<ResolvedImage> {
    const { reference, platform, span } = wanted;
    const { sources } = this.#services.engine;
    const pull = this.#request.target.pull === true && !this.#repeats;
    try {
      const image = await this.#reporter.task(`[internal] load metadata for ${reference}`, (onProgress) =>
        sources.image({ reference, platform, pull, onProgress }, signal),
      );
      this.#findings.addImage(image, wanted);
      return image;
    } catch (error) {
      throw blame(error, { span, mayMean });
    }
  }

  /** The result of a linked target for a platform. */
  #linked(name: string, platform: Platform, caches: BuildCaches): NamedContext | undefined {
    const job = this.#links.get(contextKey(name));
    if (job === undefined) return undefined;
    if (!(job instanceof EngineJob)) throw new Error(`the link ${name} is fed by a job of another kind`);
    const { results } = job;
    if (job.#solved !== undefined) caches.link(job.#solved.caches);
    const wanted = formatPlatform(platform);
    const result = results.find((each) => formatPlatform(each.platform) === wanted) ?? onlyOne(results);
    if (result === undefined) {
      const built = results.map((each) => formatPlatform(each.platform)).join(", ");
      throw new BuildFailure(
        "build/link-platform",
        `the linked context ${JSON.stringify(name)} is not built for ${wanted}`,
        {
          hint: `it is built for ${built}; give both targets the same platforms`,
        },
      );
    }
    const layers = result.layers.map(({ diffId }) => diffId);
    return { kind: "result", id: identify({ kind: "linked", layers, config: result.config }), result };
  }

  /** Says what cannot be run here before anything is. */
  async #refuseImpossible(states: readonly StageState[]): Promise<void> {
    const commands = states.flatMap(stepsOf).filter((step): step is RunStep => step.kind === "run");
    const byPlatform = new Map(commands.map((step) => [formatPlatform(step.platform), step]));
    if (byPlatform.size === 0) return;
    const sandbox = await this.#services.engine.sandbox();
    for (const step of byPlatform.values()) {
      const obstacle = await sandbox.obstacle(step.platform);
      if (obstacle === undefined) continue;
      throw new BuildFailure("build/cannot-run", obstacle.message, {
        hint: obstacle.hint,
        step: { digest: step.id, name: step.name },
        excerpts: step.span === undefined ? [] : excerptOf(step.span),
      });
    }
  }

  async #result(
    state: StageState,
    { epochSeconds }: TargetSettings,
    { caches, tools, signal }: Solving,
  ): Promise<Omit<StageResult, "sources">> {
    const { encoding } = this.#services.writeResult.planFor(this.#request.export);
    const { platform, config, author, history, top } = state;
    const solved: SolvedStep =
      top === undefined
        ? { layers: [] }
        : await this.#services.solver.solve(top, {
            observer: this.#reporter,
            signal,
            tools,
            ...(encoding === undefined ? {} : { encoding }),
          });
    caches.add(solved, top === undefined ? [] : await this.#services.solver.results(top));
    const layers: readonly Layer[] = solved.layers.map(({ layer }) => layer);
    return {
      platform,
      layers,
      config,
      ...(author === undefined ? {} : { author }),
      history: datedHistory(history, solved.layers, epochSeconds),
    };
  }

  async #finish(): Promise<SolveResult> {
    try {
      await this.solved;
      const { signal } = this.#controller;
      signal.throwIfAborted();
      if (this.#answer !== undefined) return { response: this.#answer, cached: false };
      const { results, caches, scan } = this.#finished();
      const response = await this.#services.writeResult.write({
        request: this.#request,
        results,
        ...(scan === undefined ? {} : { scan }),
        startedMs: this.#startedMs,
        reporter: this.#reporter,
        warn: (message, detail) => this.#warn([message, ...detail].join(": ")),
        services: this.#services.engine,
        signal,
      });
      await caches.write(signal);
      return { response, cached: this.#reporter.cached };
    } catch (error) {
      throw this.#context.signal.aborted ? this.#context.signal.reason : this.#cleaned(error);
    } finally {
      this.#release();
    }
  }

  #warn(text: string): void {
    const { id } = this.#request.build;
    this.#context.emit({ type: "message", at: this.#services.engine.now(), level: "warning", text, build: id });
  }

  #finished(): Solved {
    if (this.#solved === undefined) throw new Error(`${this.#request.build.id} has nothing to export`);
    return this.#solved;
  }

  /** A failure's words may hold a secret. */
  #cleaned(error: unknown): unknown {
    if (!(error instanceof BuildFailure) || !this.#redaction.hasSecrets) return error;
    const { code, hint, step, excerpts, retryable, cause } = error;
    return new BuildFailure(code, this.#redaction.clean(error.message), {
      excerpts,
      retryable,
      cause,
      ...(hint === undefined ? {} : { hint: this.#redaction.clean(hint) }),
      ...(step === undefined ? {} : { step }),
    });
  }
}

/** The image tells of the steps that made it, where it is asked to. */
function withCache(result: StageResult, caches: BuildCaches): StageResult {
  const inlineCache = caches.inline(result.layers);
  return inlineCache === undefined ? result : { ...result, inlineCache };
}

function stepsOf({ top }: StageState): readonly Step[] {
  return top === undefined ? [] : stepsBelow(top);
}

function onlyOne<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}
