/**
 * Runs a program over a text: all alternatives advance side by side, one code point at a time, in the order of their preference.
 * The time is the length of the text times the size of the pattern at most, whatever the pattern.
 */
import type { Program } from "./compile.ts";

/** Start and end of each group as UTF-16 offsets, -1 for a group that took no part; group 0 is the whole match. */
export type Captures = readonly number[];

/** Counts work, over several searches; `spend` throws when there is too much of it. */
export interface Effort {
  readonly spend: (steps: number) => void;
}

/** The leftmost match that begins at `start` or behind, of several there the one that a backtracking search finds first. */
export function search(program: Program, text: string, start: number, effort: Effort): Captures | undefined {
  return new Machine(program, text, effort).run(start);
}

/** All matches, one behind the other; none is empty right behind another one. */
export function* searchAll(program: Program, text: string, effort: Effort): Generator<Captures> {
  const machine = new Machine(program, text, effort);
  let previousEnd = -1;
  for (let at = 0; at <= text.length; ) {
    const captures = machine.run(at);
    if (captures === undefined) return;
    const [start = 0, end = 0] = captures;
    if (start !== previousEnd || end !== start) yield captures;
    at = end > at ? end : at + widthOf(text.codePointAt(at) ?? -1);
    previousEnd = end;
  }
}

interface Thread {
  readonly step: number;
  readonly captures: Captures;
}

/** The threads at one place of the text, most preferred first; of two that are at the same step the later can be dropped. */
class ThreadList {
  readonly threads: Thread[] = [];
  readonly #seen: Uint32Array;
  #generation = 1;

  constructor(size: number) {
    this.#seen = new Uint32Array(size);
  }

  clear(): void {
    this.threads.length = 0;
    this.#generation++;
  }

  /** False when a thread was at this step before. */
  visit(step: number): boolean {
    if (this.#seen[step] === this.#generation) return false;
    this.#seen[step] = this.#generation;
    return true;
  }
}

class Machine {
  readonly #program: Program;
  readonly #text: string;
  readonly #effort: Effort;
  readonly #nothing: Captures;
  #current: ThreadList;
  #next: ThreadList;

  constructor(program: Program, text: string, effort: Effort) {
    this.#program = program;
    this.#text = text;
    this.#effort = effort;
    this.#nothing = Array.from({ length: program.slots }, () => -1);
    this.#current = new ThreadList(program.steps.length);
    this.#next = new ThreadList(program.steps.length);
  }

  run(start: number): Captures | undefined {
    let matched: Captures | undefined;
    this.#current.clear();
    for (let at = start; ; ) {
      if (matched === undefined)
        this.#follow(this.#current, { step: this.#program.start, captures: this.#nothing }, at);
      const codePoint = this.#text.codePointAt(at) ?? -1;
      matched = this.#advance(codePoint, at + widthOf(codePoint)) ?? matched;
      if (codePoint < 0 || (matched !== undefined && this.#current.threads.length === 0)) return matched;
      at += widthOf(codePoint);
    }
  }

  /** Moves all threads over a code point; returns the match of the most preferred thread that had reached one. */
  #advance(codePoint: number, after: number): Captures | undefined {
    const { steps } = this.#program;
    this.#next.clear();
    this.#effort.spend(this.#current.threads.length);
    let matched: Captures | undefined;
    for (const thread of this.#current.threads) {
      const step = steps[thread.step];
      if (step?.kind === "match") {
        matched = thread.captures;
        break;
      }
      if (step?.kind === "one" && codePoint >= 0 && step.set.has(codePoint)) {
        this.#follow(this.#next, { step: step.next, captures: thread.captures }, after);
      }
    }
    [this.#current, this.#next] = [this.#next, this.#current];
    return matched;
  }

  /** Adds all steps that are reached from `thread` without taking a code point. */
  #follow(list: ThreadList, thread: Thread, at: number): void {
    const { steps } = this.#program;
    if (steps[thread.step]?.kind === "one") {
      this.#effort.spend(1);
      if (list.visit(thread.step)) list.threads.push(thread);
      return;
    }
    const waiting: Thread[] = [thread];
    let visited = 0;
    for (let now = waiting.pop(); now !== undefined; now = waiting.pop()) {
      visited++;
      if (!list.visit(now.step)) continue;
      const step = steps[now.step];
      switch (step?.kind) {
        case "fork":
          waiting.push({ step: step.second, captures: now.captures }, { step: step.first, captures: now.captures });
          break;
        case "save":
          waiting.push({ step: step.next, captures: now.captures.with(step.slot, at) });
          break;
        case "assertion":
          if (step.holds(this.#before(at), this.#text.codePointAt(at) ?? -1)) {
            waiting.push({ step: step.next, captures: now.captures });
          }
          break;
        default:
          list.threads.push(now);
      }
    }
    this.#effort.spend(visited);
  }

  /** The code point before a place; an unpaired low surrogate is no word character nor newline, so half a pair will do. */
  #before(at: number): number {
    return at === 0 ? -1 : this.#text.charCodeAt(at - 1);
  }
}

function widthOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}
