/** `tsbake fmt`: build files in the one layout. */
import { resolve } from "node:path";
import { readBuildFiles } from "../../api/build-files.ts";
import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { stripControl } from "../../base/text.ts";
import { format } from "../../language/format/format.ts";
import { unifiedDiff } from "../../language/format/line-diff.ts";
import { recognise } from "../../language/recognise.ts";
import type { Command, Host } from "../command.ts";
import { accept } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";
import { namedFiles } from "../named-files.ts";
import { replaceFile } from "../replace-file.ts";

export const fmtCommand: Command = {
  usage: "[FILE|FOLDER|-]...",
  description:
    "Lays build files (HCL and JSON) out in one way and names those that changed. Only white space changes, never what a file means. " +
    "Without a FILE: the build files of this folder. - formats standard input to standard output.",
  flags: [
    {
      name: "check",
      kind: "switch",
      group: "Formatting",
      description: "Change nothing; name the files that would change, exit code 1 if there are any",
    },
    { name: "diff", kind: "switch", group: "Formatting", description: "Show what changes" },
  ],
  examples: [
    ["tsbake fmt", "format the build files of this folder"],
    ["tsbake fmt --check --diff", "in CI: fail, and show why"],
    ["tsbake fmt - < docker-bake.hcl", "for editors"],
  ],
  exitCodes: "0 done, 1 --check found files to format, 2 a file or the flags are wrong.",
  run: formatFiles,
};

interface Formatted {
  readonly source: Source;
  readonly text: string;
}

async function formatFiles(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const files = namedFiles(flags.words, host.workingFolder).filter(
    (file) => flags.words.length > 0 || recogniseByName(file),
  );
  if (files.length === 0) throw new UsageError("there is no build file to format here", "name one: tsbake fmt FILE");
  const fromInput = files.includes("-");
  if (fromInput && files.length > 1) throw new UsageError("- is formatted alone, without other files");
  const read = readBuildFiles({ files, workingFolder: host.workingFolder, environment: new Map() });
  const diagnostics: Diagnostic[] = [...read.diagnostics];
  const formatted = read.sources.map((source) => formatSource(source, diagnostics));
  await accept({ value: undefined, diagnostics }, host);
  const failed = hasErrors(diagnostics);
  if (fromInput && !flags.switch("check") && !flags.switch("diff")) {
    if (!failed) host.stdout.write(formatted[0]?.text ?? "");
    return failed ? exitCode.wrongInput : exitCode.done;
  }
  const changed = formatted.filter(({ source, text }) => source.text !== text);
  for (const each of changed) tellChange(each, flags, host);
  if (failed) return exitCode.wrongInput;
  return flags.switch("check") && changed.length > 0 ? differs : exitCode.done;
}

/** What `--check` answers when files are not as they should be. */
const differs = 1;

/** Without names, what is not formatted anyway is left out in silence. */
function recogniseByName(file: string): boolean {
  return file.endsWith(".hcl") || file.endsWith(".json");
}

function formatSource(source: Source, diagnostics: Diagnostic[]): Formatted {
  const kind = recognise(source);
  if (kind === "compose") {
    diagnostics.push(leftAlone(source, "a compose file"));
    return { source, text: source.text };
  }
  const { value: text, diagnostics: found } = format(source, kind);
  diagnostics.push(...found);
  if (kind === "toml") diagnostics.push(leftAlone(source, "TOML"));
  return { source, text };
}

function leftAlone({ name }: Source, what: string): Diagnostic {
  const message = `${name} is ${what}, which is left as it is`;
  return { code: "format/left-alone", severity: "note", message, hint: "HCL and JSON are formatted" };
}

/** Writes the file and names it, or shows what would change in it. */
function tellChange({ source, text }: Formatted, flags: ParsedFlags, host: Host): void {
  const fromInput = source.name === "<stdin>";
  if (!flags.switch("check") && !fromInput) replaceFile(resolve(host.workingFolder, source.name), text);
  if (!flags.switch("diff")) host.stdout.write(`${source.name}\n`);
  else {
    const diff = unifiedDiff(source.name, source.text, text);
    host.stdout.write(host.stdout.isTTY ? stripControl(diff) : diff);
  }
}
