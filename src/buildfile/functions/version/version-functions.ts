/** Comparing versions. */
import { FunctionFailure } from "../../hcl/function.ts";
import { boolValue, stringType } from "../../hcl/value.ts";
import { define, type FunctionTable } from "../define.ts";
import { parseConstraint, satisfies } from "./constraint.ts";
import { parseVersion } from "./version.ts";

export const versionFunctions: FunctionTable = {
  semvercmp: define(
    "Whether a version satisfies a constraint such as >= 1.2, < 2 or ^1.4 or 1.x || 3.x.",
    { version: stringType, constraint: stringType },
    (args) => {
      const version = parseVersion(args.text(0));
      if (version === undefined)
        throw new FunctionFailure(`${quoted(args.text(0))} is not a version such as 1.2.3 or v1.2.0-rc.1`, 0);
      const constraint = parseConstraint(args.text(1));
      if (constraint === undefined)
        throw new FunctionFailure(`${quoted(args.text(1))} is not a constraint such as >= 1.2, < 2 or ^1.4`, 1);
      return boolValue(satisfies(version, constraint));
    },
  ),
};

function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 59)}…`);
}
