/** `tsbake convert`: a build file in another format. */
import { readBuildFiles } from "../../api/build-files.ts";
import { environmentOf } from "../../api/surroundings.ts";
import { type Checked, type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { enumerate } from "../../base/text.ts";
import type { BuildFileFormat } from "../../buildfile/hcl/syntax.ts";
import { convert, writeDefinition } from "../../language/convert/convert.ts";
import { recognise } from "../../language/recognise.ts";
import type { Command, Host } from "../command.ts";
import { accept } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";
import { namedFiles } from "../named-files.ts";

const formats: readonly BuildFileFormat[] = ["hcl", "json", "toml"];

export const convertCommand: Command = {
  usage: "--to FORMAT [FILE|-]",
  description:
    "Prints a build file in another format, with the same meaning. Expressions that JSON and TOML have no words for become templates, " +
    "comments in JSON entries named //. A compose file is written with its variables replaced. Without a FILE: the build file of this folder.",
  flags: [
    {
      name: "to",
      kind: "text",
      choices: formats,
      placeholder: "FORMAT",
      group: "Conversion",
      description: "hcl, json or toml",
    },
  ],
  examples: [
    ["tsbake convert --to toml > bake.toml", "the build file of this folder in TOML"],
    ["tsbake convert --to hcl docker-bake.json", "from JSON"],
  ],
  run: convertFile,
};

async function convertFile(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const to = formats.find((format) => format === flags.text("to"));
  if (to === undefined) throw new UsageError("convert needs to know the format", "write --to hcl, json or toml");
  const file = onlyFile(flags.words, host.workingFolder);
  const read = readBuildFiles({ files: [file], workingFolder: host.workingFolder, environment: new Map() });
  const [source] = read.sources;
  const from = source && recognise(source);
  const converted = !source
    ? { value: "", diagnostics: read.diagnostics }
    : from === "compose" || from === undefined
      ? await convertCompose(source, to, host)
      : convert(source, { from, to });
  const text = await accept(converted, host);
  if (text === undefined) return exitCode.wrongInput;
  host.stdout.write(text);
  return exitCode.done;
}

/** Compose files have variables and extensions of their own, so what is written is what they come to. */
async function convertCompose(source: Source, to: BuildFileFormat, host: Host): Promise<Checked<string>> {
  const [{ loadComposeFiles }, { layOverCompose }] = await Promise.all([
    import("../../api/compose-files.ts"),
    import("../../buildfile/compose/lay-over.ts"),
  ]);
  const { workingFolder } = host;
  // Standard input was read, and cannot be read again, so it is the text that is loaded.
  const { value, diagnostics } = await loadComposeFiles([source], {
    variables: new Map(),
    environment: environmentOf(host),
    environmentFiles: new Map(),
    disableEnvironmentLookup: false,
    relativePaths: false,
    workingFolder,
  });
  if (hasErrors(diagnostics)) return { value: "", diagnostics };
  const definition = layOverCompose(value, { targets: new Map(), groups: new Map(), variables: new Map() });
  const note: Diagnostic = {
    code: "convert/compose-values",
    severity: "note",
    message: `${source.name} is a compose file: its variables are replaced by their values, and its comments are left out`,
  };
  return { value: writeDefinition(definition, to), diagnostics: [...diagnostics, note] };
}

function onlyFile(words: readonly string[], workingFolder: string): string {
  const files = namedFiles(words, workingFolder);
  const [file] = files;
  if (file === undefined)
    throw new UsageError("there is no build file to convert here", "name one: tsbake convert --to FORMAT FILE");
  if (files.length > 1) {
    throw new UsageError(
      `one file is converted at a time, not ${enumerate(files)}`,
      `name one: tsbake convert --to FORMAT ${file}`,
    );
  }
  return file;
}
