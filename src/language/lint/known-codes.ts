/** The codes that a check of build files can come to. */
import { composeErrorHelp, composeWarningHelp } from "../../buildfile/compose/compose-problems.ts";
import { dataHelp } from "../../buildfile/data/data-problems.ts";
import { errorHelp, warningHelp } from "../../buildfile/definition/problems.ts";
import { evaluationHelp } from "../../buildfile/hcl/evaluation/problems.ts";
import { syntaxHelp } from "../../buildfile/hcl/syntax-problems.ts";
import { includeErrorHelp, includeWarningHelp } from "../../buildfile/include/problems.ts";
import { jsonHelp } from "../../buildfile/json/json-problems.ts";
import { tomlHelp } from "../../buildfile/toml/toml-problems.ts";
import { problemHelp } from "../../plan/problem.ts";
import { lintHelp } from "./lint-problems.ts";

/** Those of reading files, which no catalogue has. */
const ofReading: readonly string[] = [
  "buildfile/bad-switch",
  "buildfile/compose-included",
  "buildfile/file-left-out",
  "buildfile/file-not-found",
  "buildfile/file-unreadable",
  "buildfile/include-in-remote",
  "buildfile/none-found",
  "eval/invalid-type",
];

export function knownCodes(): ReadonlySet<string> {
  const catalogues = [
    syntaxHelp,
    evaluationHelp,
    jsonHelp,
    tomlHelp,
    dataHelp,
    errorHelp,
    warningHelp,
    composeErrorHelp,
    composeWarningHelp,
    includeErrorHelp,
    includeWarningHelp,
    lintHelp,
  ];
  const ofPlans = Object.keys(problemHelp).map((code) => `plan/${code}`);
  return new Set([...catalogues.flatMap((catalogue) => Object.keys(catalogue)), ...ofPlans, ...ofReading]);
}
