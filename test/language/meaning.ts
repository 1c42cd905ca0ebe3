/** What a build file defines, as data to compare, places left out. */
import { expect } from "vitest";
import type { Source } from "../../src/base/span.ts";
import { evaluateDefinition } from "../../src/buildfile/definition/evaluate-definition.ts";
import { standardFunctions } from "../../src/buildfile/functions/standard-functions.ts";
import type { BuildFileFormat } from "../../src/buildfile/hcl/syntax.ts";
import { parserOf } from "../../src/language/recognise.ts";
import { inputOf, settingsOf } from "../buildfile/definition/evaluate.ts";

export interface Meaning {
  readonly definition: unknown;
  /** What is wrong with it, by code. */
  readonly problems: readonly string[];
}

/** The text must be well-formed. */
export function meaningOf(text: string, format: BuildFileFormat): Meaning {
  const source: Source = { name: `docker-bake.${format}`, text };
  const { value: body, diagnostics } = parserOf(format)(source);
  expect(diagnostics.map(({ code, message }) => `${code}: ${message} in\n${text}`)).toEqual([]);
  const evaluated = evaluateDefinition([{ source, format, body }], { ...inputOf({}), functions: standardFunctions });
  const { groups, variables, targets } = evaluated.value;
  return {
    definition: {
      names: [...targets.keys()],
      targets: settingsOf(evaluated.value),
      cells: [...targets.values()].map(({ cell }) => [...(cell ?? [])]),
      groups: Object.fromEntries([...groups].map(([name, group]) => [name, [group.targets, group.description]])),
      variables: [...variables.values()].map(({ name, value, type, description }) => [name, value, type, description]),
    },
    problems: evaluated.diagnostics.map(({ code, severity }) => `${severity} ${code}`).sort(),
  };
}
