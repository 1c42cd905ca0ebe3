/** Groups: those declared, and one for each matrix block (spec sections 18 and 19). */
import type { GroupDefinition } from "../../definition.ts";
import type { Value } from "../../hcl/value.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { problem } from "../problems.ts";
import { type BlockInstance, labelSpan } from "./block-instance.ts";

/** Of several groups of one name the last counts; the group of a matrix block gives way to one that is declared. */
export function groupsOf(
  instances: readonly BlockInstance[],
  evaluator: Evaluator,
): ReadonlyMap<string, GroupDefinition> {
  const groups = new Map<string, GroupDefinition>();
  for (const instance of instances) {
    if (instance.origin.declaration.kind === "group") groups.set(instance.name, declaredGroup(instance, evaluator));
  }
  for (const [name, group] of matrixGroups(instances)) {
    const declared = groups.get(name);
    if (declared === undefined) {
      groups.set(name, group);
      continue;
    }
    evaluator.report.add(
      problem("buildfile/hidden-group", {
        message: `group ${JSON.stringify(name)} stands for the group of the matrix target ${JSON.stringify(name)}`,
        span: declared.span,
        related: group.span && [{ message: "the matrix target is here", span: group.span }],
        hint: "give one of them another name",
      }),
    );
  }
  return groups;
}

function declaredGroup(instance: BlockInstance, evaluator: Evaluator): GroupDefinition {
  const targets = instance.attribute("targets")?.value;
  const description = instance.attribute("description")?.value;
  if (targets?.kind === "null") {
    evaluator.report.add(
      problem("buildfile/group-targets", {
        message: `group ${JSON.stringify(instance.name)} has no list of targets`,
        span: labelSpan(instance),
        hint: 'add targets = ["…"]',
      }),
    );
  }
  return {
    name: instance.name,
    span: labelSpan(instance),
    ...(description?.kind === "string" && description.value !== "" && { description: description.value }),
    targets: [...new Set(targets ? textsOf(targets) : [])],
    fromMatrix: false,
  };
}

/** The final names of all target blocks with one label, unless the label is the only one. */
function matrixGroups(instances: readonly BlockInstance[]): ReadonlyMap<string, GroupDefinition> {
  const labels = new Set<string>();
  for (const { name, origin } of instances) {
    const { kind, label } = origin.declaration;
    if (kind === "target" && name !== label.text) labels.add(label.text);
  }
  const names = new Map<string, Set<string>>();
  const spans = new Map<string, GroupDefinition["span"]>();
  for (const instance of labels.size === 0 ? [] : instances) {
    const { kind, label } = instance.origin.declaration;
    if (kind !== "target" || !labels.has(label.text)) continue;
    const known = names.get(label.text);
    if (known) known.add(instance.name);
    else names.set(label.text, new Set([instance.name]));
    spans.set(label.text, label.span);
  }
  const groups = new Map<string, GroupDefinition>();
  for (const [name, members] of names) {
    const span = spans.get(name);
    groups.set(name, { name, ...(span && { span }), targets: [...members], fromMatrix: true });
  }
  return groups;
}

function textsOf(value: Value): readonly string[] {
  return "items" in value ? value.items.flatMap((item) => (item.kind === "string" ? [item.value] : [])) : [];
}
