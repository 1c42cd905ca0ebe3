/** Axes of a matrix that multiply the targets and change nothing in them. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { BlockDeclaration, Declarations } from "../../../buildfile/definition/declarations.ts";
import { dependenciesOf } from "../../../buildfile/hcl/dependencies.ts";
import { axesOf } from "../declared.ts";
import { lintProblem } from "../lint-problems.ts";

/** Attributes that say nothing about what is built. */
const withoutEffect = new Set(["name", "matrix", "description"]);

export function findIdleAxes({ blocks }: Declarations): readonly Diagnostic[] {
  return blocks.flatMap(idleAxes);
}

function idleAxes(block: BlockDeclaration): readonly Diagnostic[] {
  const axes = axesOf(block).filter(({ values }) => values === undefined || values.length > 1);
  if (axes.length === 0) return [];
  const read = new Set<string>();
  for (const { name, value } of block.attributes.values()) {
    if (withoutEffect.has(name)) continue;
    for (const use of dependenciesOf(value).names) read.add(use.name);
  }
  return axes
    .filter(({ name }) => !read.has(name))
    .map(({ name, span }) =>
      lintProblem("lint/axis-without-effect", {
        message: `the axis ${JSON.stringify(name)} makes several targets of ${JSON.stringify(block.label.text)} that are all the same`,
        span,
        hint: `use it in an attribute, as in args = { ${name.toUpperCase()} = ${name} }, or remove it`,
      }),
    );
}
