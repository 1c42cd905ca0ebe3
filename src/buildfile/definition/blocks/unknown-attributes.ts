/** Attributes of targets and groups that nobody reads (spec section 27: bake ignores them without a word). */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import { didYouMean } from "../../../base/suggest.ts";
import { groupAttributes } from "../attributes/group-attributes.ts";
import { familiarNames, targetAttributes } from "../attributes/target-attributes.ts";
import type { BlockDeclaration } from "../declarations.ts";
import { problem } from "../problems.ts";

/** Warns of unknown ones; `name` and `matrix` in a group are errors, because a group that seems to have them would mislead. */
export function checkAttributeNames({ kind, label, attributes }: BlockDeclaration, report: DiagnosticList): void {
  const kinds = kind === "target" ? targetAttributes : groupAttributes;
  for (const { name, nameSpan } of attributes.values()) {
    const ofMatrix = name === "name" || name === "matrix";
    if (kinds.has(name) || (ofMatrix && kind === "target")) continue;
    if (ofMatrix) {
      report.add(
        problem("buildfile/unexpected-attribute", {
          message: `group ${JSON.stringify(label.text)} has a ${name}, but only targets can`,
          span: nameSpan,
          hint:
            name === "name" ? "the name of a group is its label" : "a matrix target is a group of its cells by itself",
        }),
      );
      continue;
    }
    report.add(
      problem("buildfile/unknown-attribute", {
        message: `a ${kind} has no attribute ${JSON.stringify(name)}, so it is ignored`,
        span: nameSpan,
        hint: suggestion(name, kinds.keys(), kind === "target"),
      }),
    );
  }
}

function suggestion(name: string, known: Iterable<string>, target: boolean): string | undefined {
  const familiar = target ? familiarNames.get(name) : undefined;
  return familiar === undefined ? didYouMean(name, known) : `here it is called ${JSON.stringify(familiar)}`;
}
