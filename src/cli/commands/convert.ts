/** `tsbake convert`: a build file in another format. */
import { readBuildFiles } from "../../api/build-files.ts";
import type { Source } from "../../base/span.ts";
import { enumerate } from "../../base/text.ts";
import type { BuildFileFormat } from "../../buildfile/hcl/syntax.ts";
import { convert } from "../../language/convert/convert.ts";
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
    "comments in JSON entries named //. Without a FILE: the build file of this folder.",
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
  if (!source) {
    await accept({ value: undefined, diagnostics: read.diagnostics }, host);
    return exitCode.wrongInput;
  }
  const text = await accept(convert(source, { from: formatOf(source), to }), host);
  if (text === undefined) return exitCode.wrongInput;
  host.stdout.write(text);
  return exitCode.done;
}

function onlyFile(words: readonly string[], workingFolder: string): string {
  const files = namedFiles(words, workingFolder);
  const [file] = files;
  if (file === undefined) throw new UsageError("there is no build file to convert here", "name one: convert FILE");
  if (files.length > 1) {
    throw new UsageError(`one file is converted at a time, not ${enumerate(files)}`, `name one: convert ${file}`);
  }
  return file;
}

function formatOf(source: Source): BuildFileFormat {
  const kind = recognise(source);
  if (kind !== "compose") return kind;
  throw new UsageError(`${source.name} is a compose file, which cannot be converted`, "HCL, JSON and TOML can be");
}
