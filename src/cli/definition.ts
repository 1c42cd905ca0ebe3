/** From flags to a definition and a plan: what build, print and list have in common. */

import { type LoadOptions, load } from "../api/load.ts";
import type { Checked } from "../base/diagnostic.ts";
import { hasErrors } from "../base/diagnostic.ts";
import { stripControl } from "../base/text.ts";
import type { Definition } from "../buildfile/definition.ts";
import { splitAddresses } from "./addresses.ts";
import type { Host } from "./command.ts";
import { type ParsedFlags, UsageError } from "./flag.ts";
import { renderDiagnostics } from "./render-diagnostics.ts";
import { styleFor } from "./style.ts";

/** Reads the build files that the flags name. Undefined when something in them is wrong, which has been told then. */
export async function loadDefinition(flags: ParsedFlags, host: Host): Promise<Definition | undefined> {
  const options = loadOptionsOf(flags, host);
  await tellReading(options, flags, host);
  return accept(await load(options), host);
}

/** Files that are read elsewhere take their time. */
export async function tellReading({ remote }: LoadOptions, flags: ParsedFlags, host: Host): Promise<void> {
  if (remote === undefined || quietKinds.includes(flags.text("progress") ?? "")) return;
  const { dim } = await styleFor(host.stderr, host.environment);
  host.stderr.write(`${dim(`reading build files from ${stripControl(withoutPassword(remote))}`)}\n`);
}

const quietKinds: readonly string[] = ["quiet", "none", "rawjson"];

function withoutPassword(address: string): string {
  return address.replace(/^([a-z+]+:\/\/)[^/@]*@/, "$1");
}

export function loadOptionsOf(flags: ParsedFlags, host: Host): LoadOptions {
  const { environment, workingFolder } = host;
  const { definition: remote, commandContext } = splitAddresses(flags.words);
  const builder = flags.text("builder");
  return {
    environment,
    workingFolder,
    ...(remote === undefined ? {} : { remote, signal: host.signal }),
    ...(commandContext === undefined ? {} : { commandContext }),
    ...(builder ? { builder } : {}),
    files: flags.list("file"),
    variables: variablesOf(flags),
    environmentFiles: [...flags.list("env-file"), ...flags.list("var-file")],
  };
}

/** Tells what was found; gives back the value unless there were errors. */
export async function accept<T>({ value, diagnostics }: Checked<T>, host: Host): Promise<T | undefined> {
  if (diagnostics.length > 0) {
    host.stderr.write(renderDiagnostics(diagnostics, await styleFor(host.stderr, host.environment)));
  }
  return hasErrors(diagnostics) ? undefined : value;
}

/** `--var NAME=VALUE`; the last of a name counts. */
export function variablesOf(flags: ParsedFlags): ReadonlyMap<string, string> {
  return new Map(
    flags.list("var").map((text) => {
      const equals = text.indexOf("=");
      if (equals <= 0) throw new UsageError(`--var ${text}: expected NAME=VALUE`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
