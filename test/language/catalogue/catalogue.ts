/** Every diagnostic there is: what it means, from the rooms that make it, and what to do about it. */
import { composeErrorHelp, composeWarningHelp } from "../../../src/buildfile/compose/compose-problems.ts";
import { dataHelp } from "../../../src/buildfile/data/data-problems.ts";
import { errorHelp, warningHelp } from "../../../src/buildfile/definition/problems.ts";
import { evaluationHelp } from "../../../src/buildfile/hcl/evaluation/problems.ts";
import { syntaxHelp } from "../../../src/buildfile/hcl/syntax-problems.ts";
import { includeErrorHelp, includeWarningHelp } from "../../../src/buildfile/include/problems.ts";
import { jsonHelp } from "../../../src/buildfile/json/json-problems.ts";
import { tomlHelp } from "../../../src/buildfile/toml/toml-problems.ts";
import { lintHelp } from "../../../src/language/lint/lint-problems.ts";
import { problemHelp } from "../../../src/plan/problem.ts";
import { buildfileEntries } from "./buildfile.ts";
import { composeEntries } from "./compose.ts";
import { dataEntries } from "./data.ts";
import type { Entries, Entry } from "./entry.ts";
import { evalEntries } from "./eval.ts";
import { hclEntries } from "./hcl.ts";
import { languageEntries } from "./language.ts";
import { lintEntries } from "./lint.ts";
import { planEntries } from "./plan.ts";

const planHelp = Object.fromEntries(Object.entries(problemHelp).map(([code, help]) => [`plan/${code}`, help]));

/** One line for each code that a room catalogues. */
export const help: Readonly<Record<string, string>> = {
  ...syntaxHelp,
  ...evaluationHelp,
  ...jsonHelp,
  ...tomlHelp,
  ...dataHelp,
  ...errorHelp,
  ...warningHelp,
  ...composeErrorHelp,
  ...composeWarningHelp,
  ...includeErrorHelp,
  ...includeWarningHelp,
  ...planHelp,
  ...lintHelp,
};

export const entries: Entries = {
  ...hclEntries,
  ...evalEntries,
  ...dataEntries,
  ...buildfileEntries,
  ...composeEntries,
  ...planEntries,
  ...lintEntries,
  ...languageEntries,
};

const subjects: readonly (readonly [title: string, introduction: string, rooms: readonly string[]])[] = [
  ["Syntax of HCL", "The file is not well-formed.", ["hcl"]],
  ["Syntax of JSON and TOML", "The document is not well-formed, or not a build file.", ["json", "toml", "data"]],
  ["Values", "An expression has no value.", ["eval"]],
  ["Build files", "What the files declare does not fit together.", ["buildfile"]],
  ["Compose files", "A compose file cannot be read as a build file.", ["compose"]],
  ["Plans", "What was asked for cannot be built, or not safely.", ["plan"]],
  [
    "Lint",
    "What loads and builds, and yet is hardly meant. Only `tsbake check` looks for it. A comment `# tsbake:ignore CODE` on the line or on the one above silences a finding, `--ignore CODE` all of its kind.",
    ["lint"],
  ],
  ["Formatting and converting", "What `tsbake fmt` and `tsbake convert` do not do.", ["format", "convert"]],
  ["The program", "What the program itself stumbles over. These end with exit code 3.", ["cli"]],
];

const introduction = `# Diagnostics

What tsbake finds wrong in build files, flags and surroundings, by code. Every message ends in its code in brackets. This page is
made from the sources, and its examples run in the tests. \`npm test -- -u test/language/catalogue\` renews it.

Errors keep a command from going on (exit code 2). Warnings and notes do not, except that \`tsbake check\` answers warnings with 1.
`;

export function renderDiagnosticsDoc(): string {
  const sections = subjects.map(([title, about, rooms]) => {
    const ofRooms = Object.entries(entries).filter(([code]) => rooms.includes(code.split("/")[0] ?? ""));
    return `## ${title}\n\n${about}\n\n${ofRooms.map(([code, entry]) => renderEntry(code, entry)).join("\n")}`;
  });
  return [introduction, ...sections].join("\n");
}

/** Examples beyond this are there for the tests; readers get their beginning. */
const mostCharacters = 600;

function renderEntry(code: string, entry: Entry): string {
  const meaning = entry.meaning ?? help[code] ?? "";
  return [`### \`${code}\``, "", `${meaning}\n**Way out:** ${entry.fix}`, "", ...renderExample(entry)].join("\n");
}

function renderExample(entry: Entry): readonly string[] {
  const { example, noExample } = entry;
  if (example === undefined) return [noExample ?? "", ""];
  const files = typeof example === "string" ? { "docker-bake.hcl": example } : example;
  const names = Object.keys(files);
  const shown = Object.entries(files).flatMap(([name, text]) => [
    ...(names.length > 1 ? [`\`${name}\`:`, ""] : []),
    `\`\`\`${languageOf(name)}`,
    shorten(text).trimEnd(),
    "```",
    "",
  ]);
  const command = commandOf(entry);
  return [...shown, ...(command === "" ? [] : [`with \`${command}\``, ""])];
}

function shorten(text: string): string {
  const plain = text.replace(
    /[\u0000-\u0008\u000b-\u001f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
  return plain.length > mostCharacters ? `${plain.slice(0, 60)}…` : plain;
}

function languageOf(name: string): string {
  if (name === "Dockerfile") return "dockerfile";
  return name.startsWith(".env") ? "sh" : name.slice(name.lastIndexOf(".") + 1);
}

/** The command line that it takes, where it is no plain one. */
function commandOf({ circumstances = {} }: Entry): string {
  if (circumstances.command) return `tsbake ${circumstances.command.join(" ")}`;
  const flags = [
    ...(circumstances.portable ? ["--portable"] : []),
    ...(circumstances.files ?? []).map((file) => `-f ${file}`),
    ...(circumstances.environmentFiles ?? []).map((file) => `--env-file ${file}`),
    ...Object.entries(circumstances.variables ?? {}).map(([name, value]) => `--var ${name}=${value}`),
    ...(circumstances.set ?? []).map((text) => `--set ${text}`),
    ...(circumstances.allow ?? []).map((text) => `--allow ${text}`),
    ...(circumstances.targets ?? []).map((name) => (/[*?[]/.test(name) ? `'${name}'` : name)),
  ];
  const environment = Object.entries(circumstances.environment ?? {}).map(([name, value]) => `${name}='${value}' `);
  if (flags.length === 0 && environment.length === 0) return "";
  return `${environment.join("")}tsbake ${circumstances.portable ? "check" : "build"} ${flags.join(" ")}`.trimEnd();
}
