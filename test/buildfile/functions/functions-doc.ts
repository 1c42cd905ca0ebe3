/** Renders docs/functions.md from the function table and the first case of each function. */
import { functionSubjects } from "../../../src/buildfile/functions/standard-functions.ts";
import type { FunctionParameter, LanguageFunction } from "../../../src/buildfile/hcl/function.ts";
import { printType } from "../../../src/buildfile/hcl/type.ts";
import { functionCases } from "./cases/all.ts";

const introduction = `# Functions

The standard functions of the expression language, the same as those of \`docker buildx bake\`. This page is made from the sources;
its examples run in the tests. \`npm test -- -u test/buildfile/functions\` renews it.

\`name: type...\` takes any number of arguments, \`type?\` may be null, \`any\` takes every type. Arguments convert to the types of
their parameters: numbers and bools to strings, text that is a number to a number, lists to sets. Results have at most a million
elements or 64 Mi characters.
`;

export function renderFunctionsDoc(): string {
  const sections = [...functionSubjects].map(([subject, tables]) => {
    const entries = tables.flatMap((table) => Object.entries(table));
    return `## ${subject}\n\n${entries.map(([name, declared]) => renderEntry(name, declared)).join("\n")}`;
  });
  return [introduction, ...sections].join("\n");
}

function renderEntry(name: string, declared: LanguageFunction): string {
  const example = functionCases[name]?.good[0];
  const code = example === undefined ? [] : ["", "```hcl", `${example[0]} # ${example[1]}`, "```"];
  return [`### \`${name}(${renderParameters(declared)})\``, "", declared.description, ...code, ""].join("\n");
}

function renderParameters(declared: LanguageFunction): string {
  if (declared.kind === "expression") {
    const fixed = Array.from({ length: declared.minimum }, () => "expression");
    return [...fixed, ...(declared.maximum === undefined ? ["..."] : [])].join(", ").replace(", ...", "...");
  }
  const fixed = declared.parameters.map((parameter) => renderParameter(parameter));
  return [...fixed, ...(declared.variadic ? [`${renderParameter(declared.variadic)}...`] : [])].join(", ");
}

function renderParameter({ name, type, allowNull }: FunctionParameter): string {
  return `${name}: ${printType(type)}${allowNull ? "?" : ""}`;
}
