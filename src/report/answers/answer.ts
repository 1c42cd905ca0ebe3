/** What frontends answered where targets were not built but asked about: `--call`, `--check`, the attribute `call` (spec section 25.4). */
import { compareBytes } from "../../base/text.ts";
import type { Outcome } from "../../events/event.ts";
import { asksOnly } from "../../plan/builds.ts";
import type { BuildId, Plan, Target } from "../../plan/plan.ts";

export interface Answer {
  readonly target: Target;
  /** As `--call` says it: `check`, `outline`, `targets`, … */
  readonly method: string;
  /** The frontend's own words; empty when there are none. */
  readonly text: string;
  /** The answer as data; undefined when the frontend gave none. */
  readonly data: unknown;
  /** The exit status the frontend asks for. */
  readonly status: number;
  /** Why there is no answer. */
  readonly failure?: string;
}

/** One for every target that was asked and not cancelled, by name. */
export function answersOf(plan: Plan, outcomes: ReadonlyMap<BuildId, Outcome>): readonly Answer[] {
  const asked = plan.builds.flatMap(({ id, target: name }) => {
    const target = plan.targets.get(name);
    const outcome = outcomes.get(id);
    if (target === undefined || outcome === undefined || !asksOnly(target)) return [];
    return answerOf(target, outcome) ?? [];
  });
  return asked.sort((a, b) => compareBytes(a.target.name, b.target.name));
}

/** True when nothing of the plan is built. */
export function onlyAsks(plan: Plan): boolean {
  return plan.targets.size > 0 && [...plan.targets.values()].every(asksOnly);
}

function answerOf(target: Target, outcome: Outcome): Answer | undefined {
  const method = methodOf(target);
  if (outcome.status === "failed") {
    return { target, method, text: "", data: undefined, status: 0, failure: outcome.message };
  }
  if (outcome.status !== "succeeded") return undefined;
  const { response } = outcome;
  return {
    target,
    method,
    text: response.get("result.txt") ?? "",
    data: parseJson(response.get("result.json") ?? ""),
    status: statusOf(response.get("result.statuscode") ?? ""),
  };
}

/** `lint` is the frontend's name for it. */
function methodOf({ call = "" }: Target): string {
  const [method = ""] = call.split(",", 1);
  return method === "lint" ? "check" : method;
}

/** What is no exit status stands for none. */
function statusOf(text: string): number {
  const status = Number(text);
  return Number.isInteger(status) && status > 0 && status < 256 ? status : 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
