/**
 * One build on a node, from the first look at its context to the exporter's answer.
 *
 *     plan ─► session, Solve, Status ─► frontend ─► (evaluate) ─► solved ··· finish() ─► Return ─► answer ─► drained ─► closed
 *
 * A failure or an abort at any point leads straight to the end: the daemon is told, its last words are waited for a moment, and the
 * session is closed.
 */
import { setMaxListeners } from "node:events";
import { TsbakeError } from "../../base/errors.ts";
import { followSignal } from "../../base/follow-signal.ts";
import { Redaction } from "../../base/redaction.ts";
import { shareTask } from "../../base/shared-task.ts";
import {
  BuildFailure,
  type SolveContext,
  type SolveJob,
  type SolveRequest,
  type SolveResult,
} from "../../execute/ports.ts";
import { readRecordedError } from "../failure/build-record.ts";
import { type FailureContext, failureFrom, failureOfStep } from "../failure/failure.ts";
import { SolveRequest as ControlRequest, Exporter } from "../gen/control.ts";
import type { NodeServices } from "../node/node-services.ts";
import * as control from "../rpc/control-methods.ts";
import { RpcError } from "../rpc/status.ts";
import { planSolve, type SolvePlan } from "../target/solve-plan.ts";
import { openBuildSession } from "./build-session.ts";
import { type CallLines, openCallLines } from "./call-lines.ts";
import { ControlBuild } from "./control-build.ts";
import { Gateway, type SolvedResult } from "./gateway.ts";
import { randomIdentifier } from "./identifier.ts";
import { type LinkedTarget, linkInputs } from "./links.ts";
import { readProvenance } from "./recorded-provenance.ts";
import { Steps } from "./steps.ts";

/** What is under way on the daemon once a job was started. */
interface Running {
  readonly plan: SolvePlan;
  readonly attributes: ReadonlyMap<string, string>;
  readonly sessionId: string;
  readonly lines: CallLines;
  readonly build: ControlBuild;
  readonly gateway: Gateway;
}

/** How long the daemon may take to answer a build that is known to have failed. */
const lastWordsMs = 5000;
/** Of HTTP/2: how a daemon ends a call whose error does not fit into a header. */
const internalError = 2;

export class GatewayJob implements SolveJob {
  readonly solved: Promise<void>;
  readonly #services: NodeServices;
  readonly #request: SolveRequest;
  readonly #context: SolveContext;
  readonly #redaction = new Redaction();
  readonly #steps: Steps;
  /** Of every call of the build but the status. */
  readonly #controller = new AbortController();
  readonly #unfollow: () => void;
  /** What has to be closed, in the order of opening. */
  readonly #opened: (() => Promise<void>)[] = [];
  #plan: SolvePlan | undefined;
  #running: Running | undefined;
  #result: SolvedResult | undefined;
  #finishing: Promise<SolveResult> | undefined;
  #closing: Promise<void> | undefined;

  constructor(services: NodeServices, request: SolveRequest, context: SolveContext) {
    this.#services = services;
    this.#request = request;
    this.#context = context;
    this.#unfollow = followSignal(context.signal, this.#controller);
    // Calls listen to it, one for each platform among them.
    setMaxListeners(0, this.#controller.signal);
    const { now } = services;
    const sourceName = (filename: string): string => this.#sourceName(filename);
    const { repeats } = context;
    this.#steps = new Steps({
      ...(repeats instanceof GatewayJob ? { done: repeats.#steps } : {}),
      build: request.build.id,
      emit: context.emit,
      now,
      redaction: this.#redaction,
      sourceName,
    });
    this.solved = this.#solve();
    this.solved.catch(() => {});
  }

  finish(): Promise<SolveResult> {
    this.#finishing ??= this.#finish();
    this.#finishing.catch(() => {});
    return this.#finishing;
  }

  /** For the builds that link to this one; only after `solved`. */
  resultOn(services: NodeServices): SolvedResult {
    if (this.#result === undefined) throw new Error(`${this.#request.build.id} is linked to before it is solved`);
    if (services === this.#services) return this.#result;
    throw new BuildFailure("build/linked-elsewhere", `target ${this.#request.target.name} was built on another node`, {
      hint: "targets that link to each other are built on one node; give them the same platforms",
    });
  }

  async #solve(): Promise<void> {
    try {
      const running = await this.#start();
      this.#result = await this.#runFrontend(running);
      this.#controller.signal.throwIfAborted();
    } catch (error) {
      throw await this.#fail(error);
    }
    // Nobody else would notice an abort between now and `finish`.
    this.#controller.signal.addEventListener("abort", () => void this.#close(), { once: true });
  }

  async #start(): Promise<Running> {
    const { signal } = this.#controller;
    const facts = await this.#services.facts(signal);
    const plan = await planSolve(this.#request, facts, {
      signal,
      readDockerfile: (address) => this.#readDockerfile(address, signal),
      repeatsDone: this.#context.repeatsDone === true,
    });
    this.#plan = plan;
    for (const secret of plan.caches.secrets) this.#redaction.add(secret);
    for (const text of plan.caches.warnings) this.#warn(text);
    const lines = await openCallLines(this.#services.connection, {
      separate: plan.stallingErrors,
      suspect: () => this.#mayHaveFailed(),
      signal,
    });
    this.#opened.push(() => lines.close());
    const session = await openBuildSession({
      services: this.#services,
      connection: lines.shared,
      request: this.#request,
      plan,
      emit: this.#context.emit,
      redaction: this.#redaction,
      signal,
    });
    this.#opened.push(() => session.close());
    signal.throwIfAborted();
    const attributes = new Map([...plan.attributes, ...session.attributes]);
    const request = this.#controlRequest(plan, attributes, session.id);
    const build = new ControlBuild({
      request,
      solveOn: lines.solve,
      statusOn: lines.shared,
      steps: this.#steps,
      signal,
    });
    const gateway = new Gateway(lines.gateway, build.ref);
    const running: Running = { plan, attributes, sessionId: session.id, lines, build, gateway };
    this.#running = running;
    return running;
  }

  #readDockerfile(address: string, signal: AbortSignal): Promise<string> {
    return shareTask(this.#services.dockerfiles, address, signal, async () => {
      const { readRemoteDockerfile } = await import("../remote/read-remote.ts");
      return readRemoteDockerfile(this.#services, address, signal);
    });
  }

  #controlRequest(plan: SolvePlan, attributes: ReadonlyMap<string, string>, session: string): ControlRequest {
    const { exporter, attributes: exporterAttributes } = this.#request.export;
    const exporting = exporter !== undefined && !plan.question;
    return ControlRequest.create({
      Ref: randomIdentifier(),
      Session: session,
      FrontendAttrs: attributes,
      Cache: plan.question ? undefined : plan.caches.options,
      Entitlements: [...plan.entitlements],
      Internal: plan.question,
      SourcePolicy: plan.sourcePolicy,
      // Daemons before 0.13 read the older fields.
      ...(exporting ? { ExporterDeprecated: exporter, ExporterAttrsDeprecated: exporterAttributes } : {}),
      Exporters: exporting ? [Exporter.create({ Type: exporter, Attrs: exporterAttributes })] : [],
    });
  }

  async #runFrontend(running: Running): Promise<SolvedResult> {
    const { signal } = this.#controller;
    const { links } = this.#context;
    const { gateway, plan } = running;
    const linked = linkInputs(new Map([...links].map(([name, job]) => [name, this.#resultOf(name, job)])));
    const attributes = new Map([...running.attributes, ...linked.attributes]);
    const result = await beforeAnswer(
      running.build,
      gateway.solve(
        { frontend: plan.frontend, attributes, inputs: new Map([...plan.inputs, ...linked.inputs]) },
        signal,
      ),
    );
    if (!this.#request.linkedTo && links.size === 0 && this.#request.build.repeats === undefined) return result;
    try {
      const { capabilities } = await this.#services.facts(signal);
      await beforeAnswer(running.build, gateway.evaluate(result, capabilities, signal));
      return result;
    } catch (error) {
      if (!this.#isOversized(error, running)) throw error;
      // Said to be the result, it fails once more, where the daemon keeps a record of the error.
      await new Gateway(running.lines.shared, running.build.ref).succeed(result, signal);
      await running.build.answer;
      throw error;
    }
  }

  #resultOf(name: string, job: SolveJob): LinkedTarget {
    if (job instanceof GatewayJob) {
      return { target: job.#request.target.name, result: job.resultOn(this.#services) };
    }
    throw new Error(`the link ${name} of ${this.#request.build.id} is fed by a job of another kind`);
  }

  async #finish(): Promise<SolveResult> {
    await this.solved;
    const running = this.#running;
    const result = this.#result;
    if (running === undefined || result === undefined)
      throw new Error(`${this.#request.build.id} has nothing to finish`);
    try {
      await beforeAnswer(running.build, running.gateway.succeed(result, this.#controller.signal));
      const response = await running.build.answer;
      await running.plan.localStores.publish(response, {
        signal: this.#controller.signal,
        warn: (text) => this.#warn(text),
      });
      await running.build.drain();
      const told = running.plan.question
        ? answerTexts(result)
        : new Map([...response, ...(await this.#record(running))]);
      await this.#close();
      return { response: told, cached: this.#cached };
    } catch (error) {
      throw await this.#fail(error);
    }
  }

  /** The name of the daemon's record, and what it says. */
  async #record({ build, lines }: Running): Promise<ReadonlyMap<string, string>> {
    const { transport, provenance } = this.#services;
    const entries = new Map([["buildx.build.ref", `${transport.name}/${transport.name}/${build.ref}`]]);
    if (provenance === undefined) return entries;
    const { signal } = this.#controller;
    const asked = { connection: lines.shared, ref: build.ref, detail: provenance, signal };
    return new Map([...entries, ...(await readProvenance(asked))]);
  }

  get #cached(): boolean {
    const linked = [...this.#context.links.values()].flatMap((job) => (job instanceof GatewayJob ? [job.#steps] : []));
    return this.#steps.cachedBeside(linked);
  }

  /** Ends the job; returns what to reject with. */
  async #fail(error: unknown): Promise<unknown> {
    const { signal } = this.#context;
    const failure = signal.aborted ? signal.reason : await this.#explain(error).catch((trouble: unknown) => trouble);
    await this.#close();
    return signal.aborted ? signal.reason : failure;
  }

  async #explain(error: unknown): Promise<unknown> {
    const running = this.#running;
    if (running === undefined) return failureFrom(this.#ownWords(error), this.#failureContext());
    const answered = await this.#lastWords(running, error);
    const oversized = this.#isOversized(error, running) || this.#isOversized(answered, running);
    const found = oversized ? await this.#recorded(running) : undefined;
    const best = found ?? (answered instanceof RpcError ? answered : error);
    const { failed } = this.#steps;
    if (oversized && found === undefined && failed !== undefined) return failureOfStep(failed, failed.error);
    return failureFrom(this.#ownWords(best), this.#failureContext());
  }

  /** Tells the daemon that the build failed and returns the error it answers the Solve with, if it does. */
  async #lastWords(running: Running, error: unknown): Promise<unknown> {
    const limit = new AbortController();
    const unfollow = followSignal(this.#controller.signal, limit);
    const timer = setTimeout(() => limit.abort(new Error("the daemon has no last words")), lastWordsMs);
    try {
      const oversized = this.#isOversized(error, running);
      // The answer comes after the frontend's, which did not arrive, or over the connection that was lost.
      if (oversized ? this.#result === undefined && !running.build.answered : error instanceof TsbakeError)
        return undefined;
      // A build that has its result, or is over, takes no other; the daemon would wait for it to begin.
      if (error instanceof RpcError && this.#result === undefined && !running.build.answered) {
        await beforeAnswer(running.build, running.gateway.fail(error, limit.signal)).catch(() => {});
      }
      return await Promise.race([
        running.build.answer.then(
          () => undefined,
          (reason: unknown) => reason,
        ),
        aborted(limit.signal),
      ]);
    } finally {
      clearTimeout(timer);
      unfollow();
    }
  }

  /** True while an error may be on its way that would not arrive. */
  #mayHaveFailed(): boolean {
    if (this.#running === undefined) return false;
    return this.#result === undefined || this.#running.build.statusEnded || this.#steps.failed !== undefined;
  }

  /** True for the end of a call whose error was too large to be sent. */
  #isOversized(error: unknown, { lines }: Running): boolean {
    if (error instanceof RpcError) return error.resetCode === internalError;
    return error instanceof TsbakeError && (lines.stalled(lines.gateway) || lines.stalled(lines.solve));
  }

  /** The whole error, from the daemon's record; what failed in the frontend has to be asked for again, as a build without a gateway. */
  async #recorded(running: Running): Promise<RpcError | undefined> {
    const { signal } = this.#controller;
    if (this.#result !== undefined || this.#steps.failed !== undefined) {
      const recorded = await readRecordedError(running.lines.shared, running.build.ref, signal);
      if (recorded !== undefined) return recorded;
    }
    const ref = randomIdentifier();
    const line = await this.#services.connection.separate(signal);
    try {
      const request = ControlRequest.create({
        Ref: ref,
        Session: running.sessionId,
        Frontend: running.plan.frontend,
        FrontendAttrs: running.attributes,
        FrontendInputs: running.plan.inputs,
        Entitlements: [...running.plan.entitlements],
        SourcePolicy: running.plan.sourcePolicy,
      });
      line.unary(control.solve, request, { signal }).catch(() => {});
      return await readRecordedError(running.lines.shared, ref, signal);
    } finally {
      await line.close();
    }
  }

  /** The connection is closed by us when it is found dead; to the user it was lost. */
  #ownWords(error: unknown): unknown {
    if (!(error instanceof TsbakeError) || error.code !== "buildkit/connection-closed") return error;
    const { description } = this.#services.transport;
    return new TsbakeError("buildkit/connection-lost", `the builder ${description} stopped answering`, {
      hint: "see whether it is still running, then build again: what was done is cached",
      retryable: true,
      cause: error,
    });
  }

  /** Never throws. */
  #close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#unfollow();
    // Resets what is still waited for, first of all the Solve: the daemon cancels the build.
    if (!this.#controller.signal.aborted) this.#controller.abort(new Error("the build is over"));
    await this.#running?.build.drain();
    for (const close of this.#opened.reverse()) await close();
  }

  #failureContext(): FailureContext {
    return {
      redaction: this.#redaction,
      stepName: (digest) => this.#steps.nameOf(digest),
      sourceName: (filename) => this.#sourceName(filename),
    };
  }

  /** The daemon knows the Dockerfile by the last part of its path. */
  #sourceName(filename: string): string {
    return this.#plan !== undefined && filename === this.#plan.filename ? this.#plan.dockerfileLabel : filename;
  }

  #warn(text: string): void {
    this.#context.emit({
      type: "message",
      at: this.#services.now(),
      level: "warning",
      text,
      build: this.#request.build.id,
    });
  }
}

/** The call's answer, unless the whole build is answered first, which then went wrong. */
function beforeAnswer<T>(build: ControlBuild, call: Promise<T>): Promise<T> {
  const answered = build.answer.then(() => new Promise<never>(() => {}));
  return Promise.race([call, answered]);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function answerTexts(result: SolvedResult): ReadonlyMap<string, string> {
  return new Map([...result.metadata].map(([key, value]) => [key, Buffer.from(value).toString("utf8")]));
}
