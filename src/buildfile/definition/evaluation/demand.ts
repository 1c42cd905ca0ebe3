/**
 * Evaluation on demand without recursion: a task runs after every task it depends on, each at most once. The path of open
 * tasks is an explicit stack, so a chain of thousands of references costs memory, not call depth.
 */
import type { DiagnosticList, RelatedPlace } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { problem } from "../problems.ts";

export interface Task {
  /** How it is called in a cycle: `variable "X"`, `target.app.args`. */
  readonly title: string;
  readonly dependencies: () => readonly Dependency[];
  /** Called once, when every dependency has run or been abandoned. */
  readonly run: () => void;
  /** Called instead of `run` for a task that is part of a cycle. */
  readonly abandon: () => void;
}

export interface Dependency {
  readonly task: Task;
  /** Where the task is used. */
  readonly use: Span;
}

interface Frame {
  readonly task: Task;
  readonly dependencies: readonly Dependency[];
  next: number;
  /** Where its dependent uses it; absent for the task asked for. */
  readonly use: Span | undefined;
}

/** Cycles longer than this are shown by their first members. */
const shownCycle = 6;

export class Demand {
  readonly #report: DiagnosticList;
  readonly #finished = new Set<Task>();
  /** Open tasks with their place on the stack. */
  readonly #open = new Map<Task, number>();
  readonly #stack: Frame[] = [];
  readonly #inCycle = new Set<Task>();

  constructor(report: DiagnosticList) {
    this.#report = report;
  }

  /** True when the task has run or was abandoned. */
  isFinished(task: Task): boolean {
    return this.#finished.has(task);
  }

  /** Runs a task after everything it depends on. A cycle is reported once and every member is abandoned. */
  require(task: Task): void {
    if (this.#finished.has(task) || this.#open.has(task)) return;
    const floor = this.#stack.length;
    this.#start(task);
    while (this.#stack.length > floor) {
      const frame = this.#stack[this.#stack.length - 1];
      if (!frame) return;
      const dependency = frame.dependencies[frame.next++];
      if (!dependency) this.#finish(frame.task);
      else if (this.#open.has(dependency.task)) this.#closeCycle(frame.task, dependency);
      else if (!this.#finished.has(dependency.task)) this.#start(dependency.task, dependency.use);
    }
  }

  /** A task that depends on nothing runs at once. */
  #start(task: Task, use?: Span): void {
    const dependencies = task.dependencies();
    if (dependencies.length === 0) {
      task.run();
      this.#finished.add(task);
      return;
    }
    this.#open.set(task, this.#stack.length);
    this.#stack.push({ task, dependencies, next: 0, use });
  }

  #finish(task: Task): void {
    if (this.#inCycle.delete(task)) task.abandon();
    else task.run();
    this.#stack.pop();
    this.#open.delete(task);
    this.#finished.add(task);
  }

  /** Of several cycles through the same two tasks the first tells enough. */
  #closeCycle(last: Task, closing: Dependency): void {
    if (this.#inCycle.has(last) && this.#inCycle.has(closing.task)) return;
    const members = this.#stack.slice(this.#open.get(closing.task) ?? 0);
    for (const member of members) this.#inCycle.add(member.task);
    const titles = members.map((member) => member.task.title);
    const places: RelatedPlace[] = [];
    for (const [i, member] of members.entries()) {
      const needed = members[i + 1];
      if (needed?.use && places.length < shownCycle) {
        places.push({ message: `${member.task.title} needs ${needed.task.title} here`, span: needed.use });
      }
    }
    this.#report.add(
      problem("buildfile/cycle", {
        message:
          titles.length === 1 ? `cycle: ${titles[0]} needs itself` : `cycle: ${chain([...titles, closing.task.title])}`,
        span: closing.use,
        related: places,
        hint: titles.length === 1 ? "let it do without itself" : "let one of them do without the next",
      }),
    );
  }
}

function chain(titles: readonly string[]): string {
  if (titles.length <= shownCycle + 2) return titles.join(" → ");
  const left = titles.length - shownCycle - 1;
  return [...titles.slice(0, shownCycle), `(${left} more)`, titles[titles.length - 1]].join(" → ");
}
