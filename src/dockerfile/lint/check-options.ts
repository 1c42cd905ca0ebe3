/** `# check=skip=RULE,RULE;experimental=all;error=true`: which rules apply, and whether they fail the build. */
import { parseBoolean } from "../../base/boolean.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { trimSpace } from "../syntax/characters.ts";

export interface CheckOptions {
  /** Names of rules. */
  readonly skip: readonly string[] | "all";
  readonly experimental: readonly string[] | "all";
  /** Findings fail the build. */
  readonly error: boolean;
}

export const noCheckOptions: CheckOptions = { skip: [], experimental: [], error: false };

export function parseCheckOptions(text: string): Parsed<CheckOptions> {
  const options: { -readonly [Key in keyof CheckOptions]: CheckOptions[Key] } = { ...noCheckOptions };
  for (const part of trimSpace(text) === "" ? [] : text.split(";")) {
    const equals = part.indexOf("=");
    const key = trimSpace(equals === -1 ? part : part.slice(0, equals));
    const value = trimSpace(part.slice(equals + 1));
    if (equals === -1) return unparsed(`the check option ${JSON.stringify(part)} has no value`);
    if (key === "skip" || key === "experimental")
      options[key] = value === "all" ? "all" : value.split(",").map(trimSpace);
    else if (key === "error") {
      const truth = parseBoolean(value);
      if (truth === undefined) return unparsed(`the check option error is true or false, not ${JSON.stringify(value)}`);
      options.error = truth;
    } else return unparsed(`there is no check option ${JSON.stringify(key)}: use skip, experimental and error`);
  }
  return parsed(options);
}
