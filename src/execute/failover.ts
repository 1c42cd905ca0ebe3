/** Where each build is done, also after nodes were lost on the way. */
import { TsbakeError } from "../base/errors.ts";
import { enumerate } from "../base/text.ts";
import type { BuildId, Plan, Target } from "../plan/plan.ts";
import { culpritOf } from "./culprit.ts";
import type { Place } from "./place.ts";
import { canDo, nodesOf, placeBuilds } from "./placement.ts";
import { namedPlatforms } from "./platform-fit.ts";
import type { BuildNode, ExporterPort } from "./ports.ts";

/** What becomes of a build whose node was lost: it moves, or `nowhere` says why it cannot. */
export type Move = { readonly kind: "moved" } | { readonly kind: "nowhere"; readonly why: string };

export interface FailoverOptions {
  readonly plan: Plan;
  /** The nodes that were reached. */
  readonly reached: readonly Place[];
  readonly exporters: ExporterPort;
}

export class Failover {
  readonly #options: FailoverOptions;
  readonly #placed: Map<BuildId, Place>;
  /** Why they were lost. */
  readonly #lost = new Map<BuildNode, string>();
  readonly #told = new Set<string>();

  constructor(options: FailoverOptions) {
    const { plan, reached, exporters } = options;
    this.#options = options;
    this.#placed = new Map(reached.length === 0 ? [] : placeBuilds(plan, reached, exporters));
  }

  /** By build; those of the beginning, until a node is lost. */
  get places(): ReadonlyMap<BuildId, Place> {
    return this.#placed;
  }

  /** Where a target is done now instead, and why, for people; undefined when that was told. */
  newsOf(target: string, from: Place, to: Place): string | undefined {
    const lost = nodesOf(from).filter((node) => this.#lost.has(node));
    const why = lost.map((node) => `node ${node.name} was lost (${this.#lost.get(node)})`).join(", ");
    const news = `${why}: target ${target} is built on ${to.node.name}`;
    if (this.#told.has(news)) return undefined;
    this.#told.add(news);
    return news;
  }

  /**
   * Notes that the build failed on that place. Undefined when it is not the node's fault, or when there was but one. Whatever else was to be
   * done on that node is done elsewhere from then on, if that can do it.
   */
  leave(id: BuildId, from: Place, error: unknown): Move | undefined {
    const { reached, plan } = this.#options;
    if (!(error instanceof TsbakeError) || !error.retryable || reached.length < 2) return undefined;
    const culprit = culpritOf(error);
    if (culprit === undefined || reached.every(({ node }) => node !== culprit)) return undefined;
    this.#lost.set(culprit, error.message);
    this.#placeAgain();
    const to = this.#placed.get(id);
    if (to !== undefined && to !== from && !nodesOf(to).some((node) => this.#lost.has(node))) return { kind: "moved" };
    const platforms = namedPlatforms(
      plan.targets.get(plan.builds.find((build) => build.id === id)?.target ?? "")?.platforms ?? [],
    );
    const what = platforms.length === 0 ? "is left" : `can do ${enumerate(platforms)}`;
    return { kind: "nowhere", why: `no other node of the builder ${what}` };
  }

  #placeAgain(): void {
    const { plan, reached, exporters } = this.#options;
    const left = reached.filter(({ node }) => !this.#lost.has(node));
    if (left.length === 0) return;
    const anew = placeBuilds(plan, left, exporters);
    for (const { id, target } of plan.builds) {
      const [before, after] = [this.#placed.get(id), anew.get(id)];
      if (before === undefined || after === undefined) continue;
      if (!nodesOf(before).some((node) => this.#lost.has(node))) continue;
      if (isAsAble(after, before, plan.targets.get(target))) this.#placed.set(id, after);
    }
  }
}

function isAsAble(place: Place, other: Place, target: Target | undefined): boolean {
  return target === undefined || canDo(place, target) || !canDo(other, target);
}
