/** Overrides, laid over the settings of a target in the order in which they were given. */

import type { DiagnosticList } from "../../base/diagnostic.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { OutputEntry } from "../../buildfile/attributes/entries.ts";
import type { Definition } from "../../buildfile/definition.ts";
import type { AppendedKey, ReplacedKey, SettingsDraft } from "../../buildfile/settings-draft.ts";
import { compilePattern, isPattern } from "../match-pattern.ts";
import { problem } from "../problem.ts";
import type { Override } from "./override.ts";

/** Which overrides concern which targets. */
export class OverrideTable {
  readonly #byTarget = new Map<string, Override[]>();
  readonly #forSelected: readonly Override[];
  readonly #report: DiagnosticList;
  /** Overrides of secrets by pattern, and whether a target they concern has declared the secret. */
  readonly #secretFound = new Map<Override, boolean>();
  readonly #reported = new Set<Override>();

  /** Reports overrides that concern no target. */
  constructor(definition: Definition, overrides: readonly Override[], report: DiagnosticList) {
    this.#report = report;
    this.#forSelected = overrides.filter((override) => override.scope === "selected");
    for (const override of overrides) {
      if (override.scope === "selected") continue;
      const names = matchingTargets(definition, override.scope.pattern);
      if (names.length === 0 && override.scope.pattern !== "*") this.#reportUnmatched(definition, override);
      for (const name of names) {
        const list = this.#byTarget.get(name);
        if (list === undefined) this.#byTarget.set(name, [override]);
        else list.push(override);
      }
    }
  }

  /** Applies what concerns the target wherever it is resolved: for itself, as a parent, as a link. */
  apply(target: string, draft: SettingsDraft): void {
    const overrides = this.#byTarget.get(target);
    if (overrides !== undefined) this.#applyAll(target, draft, overrides);
  }

  get hasSelected(): boolean {
    return this.#forSelected.length > 0;
  }

  /** Applies what concerns the target because it was asked for. */
  applySelected(target: string, draft: SettingsDraft): void {
    this.#applyAll(target, draft, this.#forSelected);
  }

  /** Reports overrides of secrets by pattern that no resolved target declares. Called when all targets are resolved. */
  finish(): void {
    for (const [override, found] of this.#secretFound) {
      if (!found) this.#reportUndeclared(override, "no target it concerns declares it");
    }
  }

  #applyAll(target: string, draft: SettingsDraft, overrides: readonly Override[]): void {
    const replaced = new Set<ReplacedKey | AppendedKey>();
    for (const override of overrides) this.#applyOne(target, draft, override, replaced);
  }

  #applyOne(target: string, draft: SettingsDraft, override: Override, replaced: Set<ReplacedKey | AppendedKey>): void {
    const { effect, origin } = override;
    switch (effect.kind) {
      case "merge":
        draft.merge(effect.settings);
        break;
      case "append":
        draft.append(effect.settings);
        break;
      case "replace":
        replace(draft, effect, replaced.has(effect.key));
        replaced.add(effect.key);
        break;
      case "secret":
        if (draft.secret(effect.secret.id) !== undefined) draft.merge({ secret: [{ value: effect.secret, origin }] });
        this.#noteSecret(target, override, draft.secret(effect.secret.id) !== undefined);
        break;
      case "push":
      case "load": {
        const present = draft.output?.value ?? [];
        const outputs = effect.kind === "push" ? pushed(present, effect.on) : effect.on ? loaded(present) : present;
        if (outputs !== present) draft.merge({ output: { value: outputs, origin } });
      }
    }
  }

  #noteSecret(target: string, override: Override, found: boolean): void {
    if (override.scope !== "selected" && isPattern(override.scope.pattern)) {
      this.#secretFound.set(override, found || this.#secretFound.get(override) === true);
    } else if (!found) {
      this.#reportUndeclared(override, `the target ${JSON.stringify(target)} does not declare it`);
    }
  }

  #reportUndeclared(override: Override, why: string): void {
    if (this.#reported.has(override)) return;
    this.#reported.add(override);
    const id = override.effect.kind === "secret" ? override.effect.secret.id : "";
    this.#report.add(
      problem("undeclared-secret", `the source of the secret ${JSON.stringify(id)} cannot be set: ${why}`, {
        origin: override.origin,
        hint: `to add a secret write secrets+=id=${id},…`,
      }),
    );
  }

  #reportUnmatched(definition: Definition, override: Override): void {
    const pattern = override.scope === "selected" ? "" : override.scope.pattern;
    const what = `no target ${isPattern(pattern) ? "matches" : "is called"} ${JSON.stringify(pattern)}`;
    const hint = definition.groups.has(pattern)
      ? "that is a group; overrides name targets, or patterns of them"
      : didYouMean(pattern, definition.targets.keys());
    this.#report.add(problem("override-without-target", what, { origin: override.origin, hint }));
  }
}

function matchingTargets(definition: Definition, pattern: string): readonly string[] {
  if (definition.targets.has(pattern)) return [pattern];
  if (pattern === "*") return [...definition.targets.keys()];
  if (!isPattern(pattern)) return [];
  const matches = compilePattern(pattern);
  return matches === undefined ? [] : [...definition.targets.keys()].filter(matches);
}

/** The first replacement of a list empties it, the next ones add to it. */
function replace(
  draft: SettingsDraft,
  { key, settings }: Extract<Override["effect"], { kind: "replace" }>,
  again: boolean,
): void {
  const whole = key === "tags" || key === "platforms" || key === "output" || key === "cache-to";
  if (whole && again) {
    draft.append(settings);
    return;
  }
  if (!whole && !again) draft.clear(key);
  draft.merge(settings);
}

/**
 * Pushing marks images, and makes one where nothing or only a docker output is; not pushing takes registries out. The same
 * array when nothing changes.
 */
function pushed(outputs: readonly OutputEntry[], on: boolean): readonly OutputEntry[] {
  if (!on && outputs.some(({ type }) => type === "registry" || type === "image")) {
    return outputs.filter(({ type }) => type !== "registry").map((output) => withPush(output, false));
  }
  if (on && outputs.every(({ type }) => type === "docker")) {
    return [...outputs, { type: "image", attributes: new Map([["push", "true"]]) }];
  }
  return on && outputs.some(({ type }) => type === "image") ? outputs.map((output) => withPush(output, true)) : outputs;
}

function withPush(output: OutputEntry, on: boolean): OutputEntry {
  if (output.type !== "image") return output;
  return { ...output, attributes: new Map([...output.attributes, ["push", String(on)]]) };
}

/** Loading adds an image for the local engine, unless there is one or the outputs are no images at all. */
function loaded(outputs: readonly OutputEntry[]): readonly OutputEntry[] {
  const there = outputs.some(({ type, attributes }) => type === "docker" && (attributes.get("dest") ?? "") === "");
  const other = outputs.some(({ type }) => !["docker", "image", "registry", "oci"].includes(type));
  return there || other ? outputs : [...outputs, { type: "docker", attributes: new Map() }];
}
