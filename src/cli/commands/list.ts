/** `tsbake list`: what the build files offer. */
import { parseCsvRecord } from "../../base/csv.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { Definition } from "../../buildfile/definition.ts";
import { listTargets, listVariables, renderTargets, renderVariables } from "../../report/listing.ts";
import { definitionFlags } from "../build-flags.ts";
import type { Command, Host } from "../command.ts";
import { loadDefinition } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";

export interface Listing {
  readonly what: "targets" | "variables";
  readonly format: "table" | "json";
}

export const listCommand: Command = {
  usage: "[targets|variables]",
  description: "Lists the targets and groups of the build files, or their variables with their values.",
  flags: [
    ...definitionFlags.filter(({ name }) => name !== "set"),
    {
      name: "format",
      kind: "text",
      choices: ["table", "json"],
      placeholder: "FORMAT",
      group: "Showing",
      description: "table or json",
    },
  ],
  examples: [
    ["tsbake list", "targets and groups"],
    ["tsbake list variables --format json", "variables, for programs"],
  ],
  run: (flags, host) => {
    const [what = "targets", ...rest] = flags.words;
    if (rest.length > 0) throw new UsageError(`list takes one word, found ${rest.join(" ")} after ${what}`);
    return list({ what: listable(what), format: flags.text("format") === "json" ? "json" : "table" }, flags, host);
  },
};

/** Shows the listing on standard output. */
export async function list(listing: Listing, flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const definition = await loadDefinition(flags, host);
  if (!definition) return exitCode.wrongInput;
  host.stdout.write(render(listing, definition));
  return exitCode.done;
}

/** The value of `--list`: `targets`, `variables`, or `type=…,format=…`. */
export function parseListing(text: string): Listing {
  if (!text.includes("=")) return { what: listable(text), format: "table" };
  const record = parseCsvRecord(text);
  if (!record.ok) throw new UsageError(`--list ${text}: ${record.message}`);
  let listing: Listing = { what: "targets", format: "table" };
  for (const field of record.fields) {
    const [key = "", value = ""] = field.split("=", 2);
    if (key === "type") listing = { ...listing, what: listable(value) };
    else if (key === "format" && (value === "table" || value === "json")) listing = { ...listing, format: value };
    else throw new UsageError(`--list ${text}: unexpected ${JSON.stringify(field)}`, "write type=targets,format=json");
  }
  return listing;
}

function listable(word: string): Listing["what"] {
  if (word === "targets" || word === "variables") return word;
  const near = didYouMean(word, ["targets", "variables"]);
  throw new UsageError(`cannot list ${JSON.stringify(word)}`, near ?? "targets and variables can be listed");
}

function render({ what, format }: Listing, definition: Definition): string {
  if (what === "targets") {
    const targets = listTargets(definition);
    return format === "json" ? `${JSON.stringify(targets, undefined, 2)}\n` : renderTargets(targets);
  }
  const variables = listVariables(definition);
  return format === "json" ? `${JSON.stringify(variables, undefined, 2)}\n` : renderVariables(variables);
}
