/** Targets that nothing leads to. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { linkedTarget } from "../../../buildfile/attributes/context.ts";
import type { Declarations } from "../../../buildfile/definition/declarations.ts";
import type { Definition, TargetDefinition } from "../../../buildfile/definition.ts";
import { dependenciesOf } from "../../../buildfile/hcl/dependencies.ts";
import { lintProblem } from "../lint-problems.ts";

/** A name that begins like this says that its target is not built for itself. */
const templatePrefix = "_";

export function findUnusedTargets(definition: Definition, declarations: Declarations): readonly Diagnostic[] {
  const wanted = wantedNames(definition, declarations);
  const hasGroups = [...definition.groups.values()].some(({ fromMatrix }) => !fromMatrix);
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  const cells = cellsOf(definition, declarations);
  for (const { kind, label } of declarations.blocks) {
    if (kind !== "target" || seen.has(label.text)) continue;
    seen.add(label.text);
    const names = [label.text, ...(cells.get(label.text) ?? [])];
    if (names.some((name) => wanted.has(name))) continue;
    const quoted = JSON.stringify(label.text);
    if (label.text.startsWith(templatePrefix)) {
      found.push(
        lintProblem("lint/unused-target", {
          message: `nothing inherits or links to the target ${quoted}`,
          span: label.span,
          hint: `remove it, or name it where it is wanted: inherits = [${quoted}]`,
        }),
      );
    } else if (hasGroups) {
      found.push(
        lintProblem("lint/unlisted-target", {
          message: `the target ${quoted} is in no group and nothing inherits or links to it`,
          span: label.span,
          hint: "add it to a group, unless it is meant to be asked for by name",
        }),
      );
    }
  }
  return found;
}

/** By label, the cells of matrixes, which have names of their own. */
function cellsOf(definition: Definition, { blocks }: Declarations): ReadonlyMap<string, readonly string[]> {
  const labels = new Map(blocks.map(({ label }) => [label.span, label.text]));
  const cells = new Map<string, string[]>();
  for (const { name, span, cell } of definition.targets.values()) {
    const label = cell && span && labels.get(span);
    if (label === undefined) continue;
    const names = cells.get(label) ?? [];
    cells.set(label, names);
    names.push(name);
  }
  return cells;
}

function wantedNames(definition: Definition, declarations: Declarations): ReadonlySet<string> {
  const wanted = new Set(["default"]);
  const addAll = (names: Iterable<string>): void => {
    for (const name of names) wanted.add(name);
  };
  for (const group of definition.groups.values()) if (!group.fromMatrix) addAll(group.targets);
  for (const target of definition.targets.values()) addAll(namedBy(target));
  for (const { attributes } of declarations.blocks) {
    for (const { value } of attributes.values()) {
      for (const { root, steps } of dependenciesOf(value).references) {
        const [first] = steps;
        if (root === "target" && first) wanted.add(first.name);
      }
    }
  }
  return wanted;
}

function namedBy({ settings }: TargetDefinition): readonly string[] {
  const parents = (settings.inherits ?? []).map(({ value }) => value);
  const links = [...(settings.contexts?.values() ?? [])].flatMap(({ value }) => linkedTarget(value) ?? []);
  return [...parents, ...links];
}
