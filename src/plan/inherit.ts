/** From blocks to settings: what a target inherits, its own attributes, its overrides (spec section 17). */
import type { DiagnosticList } from "../base/diagnostic.ts";
import type { Definition, Setting, TargetDefinition, TargetSettings } from "../buildfile/definition.ts";
import { SettingsDraft } from "../buildfile/settings-draft.ts";
import { describeCircle, placesOf } from "./circle.ts";
import type { OverrideTable } from "./override/apply.ts";
import { problem, spanOf } from "./problem.ts";
import { Suggestions } from "./suggestions.ts";

/** Circles beyond these are cut as well, but not described. */
const mostCycles = 50;

/** Among so many targets a circle is cut once for all of them: its result makes little sense anyway, and planning stays linear. */
const mostCyclicWork = 100_000;

/**
 * Resolves targets, each ancestor once: parents in order, then the target's own attributes, then its overrides. A circle of
 * inheritance is cut where it closes, seen from the target that is resolved, and reported.
 *
 * A parent with one heir hands its draft over to it instead of being copied, so that a chain of n targets takes time linear in
 * n. What several targets inherit is kept as settings.
 */
export class Inheritance {
  readonly #definition: Definition;
  readonly #overrides: OverrideTable;
  readonly #report: DiagnosticList;
  readonly #settled = new Map<string, TargetSettings>();
  readonly #parents = new Map<string, readonly TargetDefinition[]>();
  /** Targets that were handed over once; wanted again, they are kept. */
  readonly #met = new Set<string>();
  readonly #reportedCycles = new Set<string>();
  readonly #suggestions: Suggestions;

  constructor(definition: Definition, overrides: OverrideTable, report: DiagnosticList) {
    this.#definition = definition;
    this.#overrides = overrides;
    this.#report = report;
    this.#suggestions = new Suggestions([...definition.targets.keys()]);
  }

  /** The settings of targets that exist, by name. `selected` says that they were asked for, which some flags care about. */
  resolve(targets: readonly TargetDefinition[], options: { readonly selected: boolean }): Map<string, TargetSettings> {
    const resolved = new Map<string, TargetSettings>();
    const together = this.#trace(targets);
    for (const cycle of together.cycles) this.#reportCycle(cycle);
    // Where a circle is cut depends on where one enters it, so targets that may be part of one share nothing.
    const apart = together.cycles.length > 0 && together.lineage.size * targets.length < mostCyclicWork;
    if (!apart) this.#settle(together, targets);
    for (const target of targets) {
      if (apart) {
        this.#settled.clear();
        this.#settle(this.#trace([target]), [target]);
      }
      const settings = this.#settled.get(target.name) ?? {};
      resolved.set(target.name, options.selected ? this.#withSelected(target.name, settings) : settings);
    }
    if (together.cycles.length > 0) this.#settled.clear();
    return resolved;
  }

  #withSelected(name: string, settings: TargetSettings): TargetSettings {
    if (!this.#overrides.hasSelected) return settings;
    const draft = SettingsDraft.of(settings);
    this.#overrides.applySelected(name, draft);
    draft.dropEmptyContexts();
    return draft.finish();
  }

  /** Everything the targets descend from that is not settled yet, ancestors first, without recursion. */
  #trace(targets: readonly TargetDefinition[]): Trace {
    const lineage = new Map<TargetDefinition, readonly TargetDefinition[]>();
    const cycles: TargetDefinition[][] = [];
    const open: { target: TargetDefinition; parents: TargetDefinition[]; next: number }[] = [];
    const onPath = new Set<TargetDefinition>();
    const enter = (target: TargetDefinition): void => {
      if (lineage.has(target) || this.#settled.has(target.name)) return;
      open.push({ target, parents: [...this.#parentsOf(target)], next: 0 });
      onPath.add(target);
    };
    for (const target of targets) {
      enter(target);
      for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
        const parent = top.parents[top.next];
        if (parent === undefined) {
          open.pop();
          onPath.delete(top.target);
          lineage.set(top.target, top.parents);
        } else if (onPath.has(parent)) {
          if (cycles.length < mostCycles) cycles.push(open.slice(start(open, parent)).map((each) => each.target));
          top.parents.splice(top.next, 1);
        } else {
          top.next++;
          enter(parent);
        }
      }
    }
    return { lineage, cycles };
  }

  /** A Map's order is that in which its keys came: here, every parent before its heirs. */
  #settle({ lineage }: Trace, wanted: readonly TargetDefinition[]): void {
    const heirs = new Map<string, number>();
    for (const parents of lineage.values()) {
      for (const { name } of parents) heirs.set(name, (heirs.get(name) ?? 0) + 1);
    }
    const kept = new Set(wanted.map(({ name }) => name));
    const drafts = new Map<string, SettingsDraft>();
    for (const [target, parents] of lineage) {
      const { name } = target;
      const draft = this.#draft(target, parents, drafts);
      if (kept.has(name) || heirs.get(name) !== 1 || this.#met.has(name)) this.#settled.set(name, draft.finish());
      else drafts.set(name, draft);
      this.#met.add(name);
    }
  }

  #draft(
    target: TargetDefinition,
    parents: readonly TargetDefinition[],
    drafts: Map<string, SettingsDraft>,
  ): SettingsDraft {
    let draft: SettingsDraft | undefined;
    for (const { name } of parents) {
      const parent = drafts.get(name);
      drafts.delete(name);
      if (draft === undefined) draft = parent ?? SettingsDraft.of(this.#settled.get(name) ?? {});
      else draft.merge(parent?.finish() ?? this.#settled.get(name) ?? {});
    }
    draft ??= new SettingsDraft();
    draft.merge(target.settings);
    // What a parent inherits is nothing its heirs name.
    draft.clear("inherits");
    this.#overrides.apply(target.name, draft);
    draft.dropEmptyContexts();
    return draft;
  }

  #parentsOf(target: TargetDefinition): readonly TargetDefinition[] {
    const known = this.#parents.get(target.name);
    if (known !== undefined) return known;
    const parents = new Set<TargetDefinition>();
    for (const inherited of target.settings.inherits ?? []) {
      const parent = this.#definition.targets.get(inherited.value);
      if (parent !== undefined) parents.add(parent);
      else if (inherited.value !== "") this.#reportMissing(target, inherited);
    }
    const found = [...parents];
    this.#parents.set(target.name, found);
    return found;
  }

  #reportMissing(target: TargetDefinition, inherited: Setting<string>): void {
    const name = inherited.value;
    const group = this.#definition.groups.get(name);
    const hint =
      group === undefined ? this.#suggestions.hint(name) : `${JSON.stringify(name)} is a group; inherit from a target`;
    const message = `the target ${JSON.stringify(target.name)} inherits from ${JSON.stringify(name)}, which is no target`;
    this.#report.add(problem("parent-not-found", message, { origin: inherited.origin, hint }));
  }

  #reportCycle(cycle: readonly TargetDefinition[]): void {
    const key = JSON.stringify(cycle.map(({ name }) => name).sort());
    if (this.#reportedCycles.has(key)) return;
    this.#reportedCycles.add(key);
    const [first] = cycle;
    const last = cycle.at(-1);
    const closing = last?.settings.inherits?.find((inherited) => inherited.value === first?.name);
    this.#report.add(
      problem("inheritance-cycle", `targets inherit from each other: ${describeCircle(cycle)}`, {
        severity: "warning",
        span: spanOf(closing?.origin) ?? last?.span,
        related: placesOf(cycle),
        hint: "move what they share into a target of its own that each of them inherits",
      }),
    );
  }
}

function start(open: readonly { readonly target: TargetDefinition }[], target: TargetDefinition): number {
  return open.findIndex((each) => each.target === target);
}

interface Trace {
  /** Ancestors first, each with its parents, without those that would close a circle. */
  readonly lineage: ReadonlyMap<TargetDefinition, readonly TargetDefinition[]>;
  readonly cycles: readonly (readonly TargetDefinition[])[];
}
