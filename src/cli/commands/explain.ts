/** `tsbake explain`: where every value came from. */
import { plan } from "../../api/plan.ts";
import { DiagnosticList, hasErrors } from "../../base/diagnostic.ts";
import type { Definition } from "../../buildfile/definition.ts";
import { explainTarget } from "../../plan/explain/explain.ts";
import { explainVariable } from "../../plan/explain/explain-variable.ts";
import type { Explanation, VariableExplanation } from "../../plan/explain/explanation.ts";
import { answer, parseQuestion, type Question } from "../../plan/explain/question.ts";
import { select } from "../../plan/select.ts";
import { explanationAsJson, variableExplanationAsJson } from "../../report/explanation.ts";
import { splitAddresses } from "../addresses.ts";
import { definitionFlags, overrideFlags } from "../build-flags.ts";
import { planOptionsOf } from "../build-options.ts";
import type { Command, Host } from "../command.ts";
import { accept, loadDefinition } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";
import { type ExplanationLook, renderExplanation, renderVariableExplanation } from "../render-explanation.ts";
import { styleFor } from "../style.ts";

export const explainCommand: Command = {
  usage: "[TARGET[.ATTRIBUTE[.KEY]]...]",
  description:
    "Tells where the values of a target came from: file and line, the block that said it and on which way it was inherited, flags, the\nvariables it uses and where their values came from, defaults, and what each value replaced. Without a name it explains default.",
  flags: [
    ...definitionFlags,
    ...overrideFlags,
    {
      name: "variable",
      kind: "list",
      placeholder: "NAME",
      group: "Showing",
      description: "Explain a variable: everything that could have given its value, and what did",
    },
    {
      name: "format",
      kind: "text",
      choices: ["text", "json"],
      placeholder: "FORMAT",
      group: "Showing",
      description: "text or json",
    },
  ],
  examples: [
    ["tsbake explain api", "every value of the target api"],
    ["tsbake explain api.tags '*.platforms'", "one attribute, of one target and of all"],
    ["tsbake explain api.args.VERSION", "one entry of a map"],
    ["tsbake explain --variable VERSION", "where the value of a variable came from"],
  ],
  run: explain,
};

async function explain(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const definition = await loadDefinition(flags, host);
  if (!definition) return exitCode.wrongInput;
  const variables = flags.list("variable").map((name) => variableNamed(name, definition));
  const { names } = splitAddresses(flags.words);
  const asked = names.length === 0 && variables.length === 0 ? ["default"] : names;
  const found = await targetsAsked(asked.map(parseQuestion), definition, flags, host);
  if (!found) return exitCode.wrongInput;
  if (flags.text("format") === "json") {
    const targets = found.explanations.map(explanationAsJson);
    const document = { targets, variables: variables.map(variableExplanationAsJson) };
    host.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else {
    const style = await styleFor(host.stdout, host.environment);
    const look: ExplanationLook = { style, whole: asked.every((word) => word.includes(".")) };
    const texts = [
      ...found.explanations.map((explanation) => renderExplanation(explanation, look)),
      ...variables.map((explanation) => renderVariableExplanation(explanation, look)),
    ];
    host.stdout.write(texts.join("\n"));
  }
  return found.right ? exitCode.done : exitCode.wrongInput;
}

function variableNamed(name: string, definition: Definition): VariableExplanation {
  const found = explainVariable(name, definition);
  if (found.ok) return found.explanation;
  throw new UsageError(found.message, found.hint);
}

interface Found {
  readonly explanations: readonly Explanation[];
  /** False when the plan has errors: its values are explained nevertheless, for that is when one asks. */
  readonly right: boolean;
}

/** Undefined when a name leads nowhere, which has been told then. */
async function targetsAsked(
  questions: readonly Question[],
  definition: Definition,
  flags: ParsedFlags,
  host: Host,
): Promise<Found | undefined> {
  if (questions.length === 0) return { explanations: [], right: true };
  const report = new DiagnosticList();
  const wanted = questions.flatMap((question) => {
    const selected = select(definition, [question.target]);
    report.addAll(selected.diagnostics);
    return selected.value.targets.map((name) => ({ ...question, target: name }));
  });
  if (report.hasErrors) {
    const variable = questions.find(({ target }) => definition.variables.has(target))?.target;
    if (variable !== undefined) {
      const hint = `to explain the variable: tsbake explain --variable ${variable}`;
      throw new UsageError(`there is no target and no group ${JSON.stringify(variable)}, but a variable`, hint);
    }
    await accept({ value: undefined, diagnostics: report.items }, host);
    return undefined;
  }
  const targets = [...new Set(wanted.map(({ target }) => target))];
  const planned = plan(definition, { ...planOptionsOf(flags, host, "print"), targets });
  await accept(planned, host);
  const explanations = new Map<string, Explanation>();
  for (const question of wanted) {
    const target = planned.value.targets.get(question.target);
    if (!target) continue;
    const answered = answer(explainTarget(target, definition), question);
    if (!answered.ok) throw new UsageError(answered.message, answered.hint);
    const known = explanations.get(target.name);
    const values = [...(known?.values ?? []), ...answered.explanation.values];
    explanations.set(target.name, { ...answered.explanation, values });
  }
  return { explanations: [...explanations.values()], right: !hasErrors(planned.diagnostics) };
}
