/** One build on several nodes. */
import { followSignal } from "../../base/follow-signal.ts";
import { blame } from "../culprit.ts";
import type { BuildNode, ExporterPort, SolveContext, SolveJob, SolveRequest, SolveResult } from "../ports.ts";
import type { PartRequest } from "./split-node.ts";

interface Part {
  readonly node: BuildNode;
  readonly job: SolveJob;
}

export interface SplitJobOptions {
  /** Of the whole build. */
  readonly request: SolveRequest;
  readonly context: SolveContext;
  readonly exporters: ExporterPort;
}

export class SplitJob implements SolveJob {
  readonly solved: Promise<void>;
  readonly #options: SplitJobOptions;
  readonly #parts: readonly Part[];
  readonly #controller = new AbortController();
  readonly #unfollow: () => void;

  constructor(requests: readonly PartRequest[], options: SplitJobOptions) {
    const { context } = options;
    this.#options = options;
    this.#unfollow = followSignal(context.signal, this.#controller);
    this.#parts = requests.map(({ node, request }) => ({
      node,
      job: node.start(request, { ...context, ...feedsOn(node, context), signal: this.#controller.signal }),
    }));
    this.solved = this.#solve();
    this.solved.catch(() => {});
  }

  /** For the builds that are fed from this one on that node. */
  jobOn(node: BuildNode): SolveJob | undefined {
    return this.#parts.find((part) => part.node === node)?.job;
  }

  async finish(): Promise<SolveResult> {
    try {
      const results = await this.#all((job) => job.finish());
      const [only] = results;
      if (results.length === 1 && only !== undefined) return only;
      return { response: await this.#merge(results), cached: results.every(({ cached }) => cached) };
    } finally {
      this.#unfollow();
    }
  }

  async #merge(results: readonly SolveResult[]): Promise<SolveResult["response"]> {
    const { request, exporters, context } = this.#options;
    const answers = results.map(({ response }) => response);
    try {
      const merged = await exporters.merge?.({ prepared: request.export, answers, signal: context.signal });
      return merged ?? new Map(answers.flatMap((answer) => [...answer]));
    } catch (error) {
      // The nodes have done their part.
      blame(error, undefined);
      throw error;
    }
  }

  async #solve(): Promise<void> {
    const solved = new Set<SolveJob>();
    try {
      await this.#all(async (job) => {
        await job.solved;
        solved.add(job);
      });
    } catch (error) {
      this.#unfollow();
      // Those that have solved are finished only to wait for their end.
      await Promise.all([...solved].map((job) => job.finish().catch(() => {})));
      throw error;
    }
  }

  /** What every part comes to. When one fails, the others are called off, and its error is thrown once they have ended. */
  async #all<T>(of: (job: SolveJob) => Promise<T>): Promise<readonly T[]> {
    let failed: { readonly error: unknown } | undefined;
    const waiting = this.#parts.map(async ({ node, job }) => {
      try {
        return await of(job);
      } catch (error) {
        failed ??= { error };
        if (!this.#controller.signal.aborted) {
          blame(error, node);
          this.#controller.abort(error);
        }
        throw error;
      }
    });
    await Promise.allSettled(waiting);
    if (failed !== undefined) throw failed.error;
    return Promise.all(waiting);
  }
}

/** What the build is fed from, on one of its nodes. */
function feedsOn(node: BuildNode, { links, repeats }: SolveContext): Pick<SolveContext, "links" | "repeats"> {
  const first = repeats === undefined ? undefined : jobOn(node, repeats);
  const own = [...links].map(([name, job]) => [name, jobOn(node, job) ?? job] as const);
  return { links: new Map(own), ...(first === undefined ? {} : { repeats: first }) };
}

function jobOn(node: BuildNode, job: SolveJob): SolveJob | undefined {
  return job instanceof SplitJob ? job.jobOn(node) : job;
}
