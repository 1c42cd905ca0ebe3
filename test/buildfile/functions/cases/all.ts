import type { CasesByFunction } from "./function-cases.ts";
import { networkCases, versionCases } from "./networks-and-versions.ts";
import { numberCases } from "./numbers.ts";
import { regexCases } from "./regular-expressions.ts";
import { stringCases } from "./strings.ts";
import { cryptographyCases, encodingCases, machineCases } from "./texts-and-bytes.ts";
import { timeCases } from "./times.ts";
import { collectionCases, logicCases } from "./values.ts";

export const functionCases: CasesByFunction = {
  ...stringCases,
  ...regexCases,
  ...numberCases,
  ...logicCases,
  ...collectionCases,
  ...encodingCases,
  ...cryptographyCases,
  ...machineCases,
  ...networkCases,
  ...versionCases,
  ...timeCases,
};
