/** From the names of the command line to targets: patterns, groups, the default (spec section 18). */
import { type Checked, DiagnosticList } from "../base/diagnostic.ts";
import { compareBytes, enumerate } from "../base/text.ts";
import type { Definition, GroupDefinition } from "../buildfile/definition.ts";
import { describeCircle, placesOf } from "./circle.ts";
import { compilePattern, isPattern } from "./match-pattern.ts";
import type { PrintedGroup } from "./plan.ts";
import { problem } from "./problem.ts";
import { Suggestions } from "./suggestions.ts";

export interface Selection {
  /** Names of targets that exist, each once, in the order in which they were met. */
  readonly targets: readonly string[];
  /** Every group that was reached, and `default`, made of what was asked for. */
  readonly groups: ReadonlyMap<string, PrintedGroup>;
}

/** No names stand for `default`. Names that lead nowhere are reported and left out. Linear in what is reached. */
export function select(definition: Definition, names: readonly string[]): Checked<Selection> {
  const report = new DiagnosticList();
  const asked = expandNames(definition, names.length === 0 ? ["default"] : names, report);
  const walk = new GroupWalk(definition, report);
  for (const name of asked) walk.enter(name);
  const groups = new Map<string, PrintedGroup>();
  for (const group of walk.groups) groups.set(group.name, printed(group, group.targets));
  const own = walk.groups.find((group) => group.name === "default");
  // Bake counts a target `default` among what was asked for only where it came first.
  const others = asked.filter((name, i) => name !== "default" || (own === undefined && i === 0));
  const members = new Set([...(own?.targets ?? []), ...others]);
  groups.set("default", printed(own, [...members].sort(compareBytes)));
  return { value: { targets: [...walk.targets], groups }, diagnostics: report.items };
}

function printed(group: GroupDefinition | undefined, targets: readonly string[]): PrintedGroup {
  const description = group?.description ?? "";
  return description === "" ? { targets } : { description, targets };
}

/** Dots become underscores; patterns stand for every group, then every target they match. */
function expandNames(definition: Definition, names: readonly string[], report: DiagnosticList): readonly string[] {
  const expanded = new Set<string>();
  for (const given of names) {
    const name = given.replaceAll(".", "_");
    if (!isPattern(name)) {
      expanded.add(name);
      continue;
    }
    const matches = compilePattern(name);
    const all = [...definition.groups.keys(), ...definition.targets.keys()];
    const found = matches === undefined ? [] : all.filter(matches);
    for (const each of found) expanded.add(each);
    if (found.length > 0) continue;
    const hint =
      matches === undefined
        ? "the pattern is broken: a [ needs its ], and a \\ something behind it"
        : whatThereIs(definition);
    report.add(problem("nothing-matches", `no target and no group matches ${JSON.stringify(given)}`, { hint }));
  }
  return [...expanded];
}

interface OpenGroup {
  readonly group: GroupDefinition;
  next: number;
}

/** Walks groups depth first on a stack of its own, for groups may nest deeper than calls can. */
class GroupWalk {
  readonly #definition: Definition;
  readonly #report: DiagnosticList;
  readonly #open: OpenGroup[] = [];
  readonly #openNames = new Set<string>();
  readonly #groups = new Map<string, GroupDefinition>();
  readonly #suggestions: Suggestions;
  readonly targets: Set<string> = new Set();

  constructor(definition: Definition, report: DiagnosticList) {
    this.#definition = definition;
    this.#report = report;
    this.#suggestions = new Suggestions([...definition.targets.keys(), ...definition.groups.keys()]);
  }

  get groups(): readonly GroupDefinition[] {
    return [...this.#groups.values()];
  }

  enter(name: string): void {
    this.#visit(name, undefined);
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      const member = top.group.targets[top.next++];
      if (member === undefined) {
        this.#open.pop();
        this.#openNames.delete(top.group.name);
      } else {
        this.#visit(member, top.group);
      }
    }
  }

  #visit(name: string, from: GroupDefinition | undefined): void {
    const group = this.#definition.groups.get(name);
    // A group hides a target of its name, but may list it.
    if (group === undefined || (from?.name === name && this.#definition.targets.has(name))) {
      this.#addTarget(name, from);
    } else if (this.#openNames.has(name)) {
      this.#reportCycle(name);
    } else if (!this.#groups.has(name)) {
      this.#groups.set(name, group);
      this.#open.push({ group, next: 0 });
      this.#openNames.add(name);
    }
  }

  #addTarget(name: string, from: GroupDefinition | undefined): void {
    if (this.#definition.targets.has(name)) {
      this.targets.add(name);
      return;
    }
    const hint = this.#suggestions.hint(name) ?? (from === undefined ? whatThereIs(this.#definition) : undefined);
    const message =
      from === undefined
        ? missing(name)
        : `the group ${quote(from.name)} lists ${quote(name)}, which is no target and no group`;
    this.#report.add(problem("target-not-found", message, { span: from?.span, hint }));
  }

  #reportCycle(name: string): void {
    const groups = this.#open.map((each) => each.group);
    const circle = groups.slice(groups.findIndex((group) => group.name === name));
    this.#report.add(
      problem("group-cycle", `groups contain each other: ${describeCircle(circle)}`, {
        span: circle[0]?.span,
        related: placesOf(circle.slice(1)),
        hint: "take one of them out of another's targets",
      }),
    );
  }
}

function missing(name: string): string {
  return name === "default"
    ? 'there is no group and no target "default" to build'
    : `there is no target and no group ${quote(name)}`;
}

/** A hint that lists what can be asked for; names that begin with an underscore are meant for inheriting. */
function whatThereIs(definition: Definition): string {
  const names = [...definition.groups.keys(), ...definition.targets.keys()].filter((name) => !name.startsWith("_"));
  const unique = [...new Set(names)];
  return unique.length === 0 ? "the build files define no targets" : `name one of ${enumerate(unique, 8)}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
