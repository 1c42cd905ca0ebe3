/** The standard functions of the expression language (spec bake-language, section 10). */
import type { LanguageFunction } from "../hcl/function.ts";
import { accessFunctions } from "./collections/access-functions.ts";
import { listFunctions } from "./collections/list-functions.ts";
import { mapFunctions } from "./collections/map-functions.ts";
import { setFunctions } from "./collections/set-functions.ts";
import { cryptographyFunctions } from "./cryptography/cryptography-functions.ts";
import type { FunctionTable } from "./define.ts";
import { encodingFunctions } from "./encoding/encoding-functions.ts";
import { expressionFunctions } from "./expression-functions.ts";
import { formatFunctions } from "./format/format-functions.ts";
import { logicFunctions } from "./logic-functions.ts";
import { networkFunctions } from "./network/network-functions.ts";
import { numberFunctions } from "./numbers/number-functions.ts";
import { regexFunctions } from "./regex/regex-functions.ts";
import { stringFunctions } from "./text/string-functions.ts";
import { stringListFunctions } from "./text/string-list-functions.ts";
import { timeFunctions } from "./time/time-functions.ts";
import { versionFunctions } from "./version/version-functions.ts";
import { worldFunctions } from "./world-functions.ts";

/** The functions by subject, in the order in which to read about them. */
export const functionSubjects: ReadonlyMap<string, readonly FunctionTable[]> = new Map([
  ["Strings", [stringFunctions, stringListFunctions, formatFunctions]],
  ["Regular expressions", [regexFunctions]],
  ["Numbers", [numberFunctions]],
  ["Logic and types", [logicFunctions, expressionFunctions]],
  ["Lists, maps and objects", [accessFunctions, listFunctions, mapFunctions]],
  ["Sets", [setFunctions]],
  ["Encoding", [encodingFunctions]],
  ["Hashes, encryption, identifiers", [cryptographyFunctions]],
  ["Networks", [networkFunctions]],
  ["Versions", [versionFunctions]],
  ["Time", [timeFunctions]],
  ["The machine", [worldFunctions]],
]);

/** All of them by name. */
export const standardFunctions: ReadonlyMap<string, LanguageFunction> = new Map(
  [...functionSubjects.values()].flat().flatMap((table) => Object.entries(table)),
);
