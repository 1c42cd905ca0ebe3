/** The first step: from build files to the definition. */
import { dirname, relative, resolve } from "node:path";
import { parseBoolean } from "../base/boolean.ts";
import { type Checked, type Diagnostic, hasErrors } from "../base/diagnostic.ts";
import type { Source } from "../base/span.ts";
import { enumerate } from "../base/text.ts";
import { classify } from "../buildfile/classify.ts";
import { layOverCompose } from "../buildfile/compose/lay-over.ts";
import { evaluateDefinition } from "../buildfile/definition/evaluate-definition.ts";
import type { Definition } from "../buildfile/definition.ts";
import type { BuildFileKind } from "../buildfile/discover.ts";
import { standardFunctions } from "../buildfile/functions/standard-functions.ts";
import { parseHcl } from "../buildfile/hcl/parse.ts";
import type { Body, BuildFileFormat, SyntaxFile } from "../buildfile/hcl/syntax.ts";
import { formatPlatform } from "../oci/platform.ts";
import { type FileRequest, readBuildFiles } from "./build-files.ts";
import { type ComposeOptions, isCompose, loadComposeFiles } from "./compose-files.ts";
import { readEnvironmentFiles } from "./environment-files.ts";
import { followIncludes } from "./follow-includes.ts";
import type { ReadRemoteFiles } from "./remote-definition.ts";
import { environmentOf, functionWorld, localPlatform, type Surroundings, workingFolderOf } from "./surroundings.ts";

export interface LoadOptions extends Surroundings {
  /** Paths, `-` for standard input, in the order in which they count. Default: what bake looks for. */
  readonly files?: readonly string[];
  /** Values of variables; they win over the environment. */
  readonly variables?: ReadonlyMap<string, string>;
  /** The address of a git repository, an archive or a build file: the files are read there, through a builder. */
  readonly remote?: string;
  /** The builder that reads remote files. Default: as for `build`. */
  readonly builder?: string;
  /** Ends the reading of remote files. */
  readonly signal?: AbortSignal;
  /** The value of `BAKE_CMD_CONTEXT`. Default: `cwd://`. */
  readonly commandContext?: string;
  /** Paths of env files. They give variables values that neither `variables` nor the environment has; later files win. */
  readonly environmentFiles?: readonly string[];
}

/** A definition, and the trees of the files it was made of, for tools that look at how things are written. */
export interface Loaded {
  readonly definition: Definition;
  readonly files: readonly SyntaxFile[];
  /** The names of the variables that compose files ask for. */
  readonly usedByCompose: ReadonlySet<string>;
}

/**
 * Reads, parses and evaluates the build files. What is wrong in them is in `diagnostics`; with errors the definition holds what could
 * be made of the rest. Nothing but files is touched, unless `remote` has them read elsewhere.
 */
export async function load(options: LoadOptions = {}): Promise<Checked<Definition>> {
  const { value, diagnostics } = await loadWithFiles(options);
  return { value: value.definition, diagnostics };
}

/** As `load`, with the syntax trees. */
export async function loadWithFiles(options: LoadOptions = {}): Promise<Checked<Loaded>> {
  const environment = environmentOf(options);
  const workingFolder = workingFolderOf(options);
  const request = { files: options.files ?? [], workingFolder, environment };
  const remote = options.remote === undefined ? undefined : await readRemote(options.remote, request, options);
  const read = remote ?? readBuildFiles(request);
  const relativePaths = switchOf(environment, "BUILDX_BAKE_FILE_RELATIVE_PATHS");
  const noLookup = switchOf(environment, "BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP");
  const environmentFiles = readEnvironmentFiles(options.environmentFiles ?? [], workingFolder);
  const variables = options.variables ?? new Map<string, string>();
  const composeOptions: ComposeOptions = {
    variables,
    environment,
    disableEnvironmentLookup: noLookup.value,
    environmentFiles: environmentFiles.value,
    workingFolder,
    relativePaths: relativePaths.value,
  };
  const sources = await separateCompose(
    read.sources.filter(({ text }) => text !== ""),
    composeOptions,
  );
  const parsed = await Promise.all(sources.others.map(parseSource));
  const compose = await loadComposeFiles(sources.compose, composeOptions);
  const early = [...read.diagnostics, ...compose.diagnostics, ...parsed.flatMap(({ diagnostics }) => diagnostics)];
  early.push(...relativePaths.diagnostics, ...noLookup.diagnostics, ...environmentFiles.diagnostics);
  if (parsed.length + sources.compose.length === 0 && !hasErrors(early)) {
    if (read.sources.length > 0) early.push(emptyBuildFiles(read.sources));
    else early.push(options.remote === undefined ? noBuildFile : noRemoteBuildFile(options.remote));
  }
  // A syntax error anywhere ends it here: what is missing would be reported as unknown all over.
  if (hasErrors(early)) return { value: nothing, diagnostics: early };
  const named = parsed.map(({ value }) => value);
  if (remote !== undefined) early.push(...remote.refuseIncludes(named));
  if (hasErrors(early)) return { value: { ...nothing, files: named }, diagnostics: early };
  const followed = await followIncludes(named, { workingFolder, parse: parseSource });
  early.push(...followed.diagnostics);
  if (hasErrors(early)) return { value: { ...nothing, files: named }, diagnostics: early };
  const { files, included } = followed.value;
  const inOwnFolder = relativePaths.value ? files : files.filter(({ source }) => included.has(source));
  const evaluated = evaluateDefinition(files, {
    variables,
    environment,
    disableEnvironmentLookup: noLookup.value,
    commandContext: options.commandContext ?? "cwd://",
    localPlatform: formatPlatform(localPlatform()),
    functions: standardFunctions,
    world: functionWorld(environment),
    environmentFiles: environmentFiles.value,
    otherVariables: compose.value.usedVariables,
    ...(inOwnFolder.length > 0 && { folders: foldersOf(inOwnFolder, workingFolder) }),
  });
  const merged = sources.compose.length === 0 ? evaluated.value : layOverCompose(compose.value, evaluated.value);
  const definition = remote === undefined ? merged : { ...merged, remote: remote.tree };
  const { usedVariables: usedByCompose } = compose.value;
  return { value: { definition, files, usedByCompose }, diagnostics: [...early, ...evaluated.diagnostics] };
}

const nothing: Loaded = {
  definition: { targets: new Map(), groups: new Map(), variables: new Map() },
  files: [],
  usedByCompose: new Set(),
};

const noBuildFile: Diagnostic = {
  code: "buildfile/none-found",
  severity: "error",
  message: "couldn't find a bake definition: there is no build file here",
  hint: "write a docker-bake.hcl, or name a build file with -f FILE",
};

function emptyBuildFiles(sources: readonly Source[]): Diagnostic {
  const files = enumerate(sources.map(({ name }) => name));
  const message = `couldn't find a bake definition: ${files} ${sources.length === 1 ? "is" : "are"} empty`;
  return { ...noBuildFile, message, hint: 'a first target: target "default" { context = "." }' };
}

function noRemoteBuildFile(address: string): Diagnostic {
  const message = `couldn't find a bake definition: there is no build file in ${address}`;
  const hint = "name a file of it with -f FILE; a folder of a repository is URL#REF:FOLDER";
  return { code: "buildfile/none-found", severity: "error", message, hint };
}

/** Tries the kinds the name allows; when none fits, what is wrong is told in the terms of the likeliest. */
async function parseSource(source: Source): Promise<Checked<SyntaxFile>> {
  const { attempts, likely } = classify(source.name, source.text, () => false);
  let failure: Checked<SyntaxFile> | undefined;
  for (const kind of attempts) {
    const checked = await parseAs(kind, source);
    if (!hasErrors(checked.diagnostics)) return checked;
    if (kind === likely || failure === undefined) failure = checked;
  }
  return failure ?? (await parseAs(likely, source));
}

async function parseAs(kind: BuildFileKind, source: Source): Promise<Checked<SyntaxFile>> {
  switch (kind) {
    case "hcl":
      return syntaxFile(source, kind, parseHcl);
    case "json":
      return syntaxFile(source, kind, (await import("../buildfile/json/parse.ts")).parseJson);
    case "toml":
      return syntaxFile(source, kind, (await import("../buildfile/toml/parse.ts")).parseToml);
    case "compose":
      // Those that were named are loaded by now: this one was included.
      return syntaxFile(source, "json", () => ({
        value: { attributes: [], blocks: [], span: { source, start: 0, end: 0 } },
        diagnostics: [composeIncluded(source)],
      }));
  }
}

/** Compose files are loaded as one, so they are told apart before the others are parsed. */
async function separateCompose(
  sources: readonly Source[],
  options: ComposeOptions,
): Promise<{ readonly compose: readonly Source[]; readonly others: readonly Source[] }> {
  const compose: Source[] = [];
  const others: Source[] = [];
  for (const source of sources) {
    const loadsOtherwise = async () => !hasErrors((await parseSource(source)).diagnostics);
    if (await isCompose(source, options, loadsOtherwise)) compose.push(source);
    else others.push(source);
  }
  return { compose, others };
}

function composeIncluded({ name }: Source): Diagnostic {
  return {
    code: "buildfile/compose-included",
    severity: "error",
    message: `${name} is a compose file, which other build files cannot include`,
    hint: `name it beside them: -f ${name}`,
  };
}

function syntaxFile(
  source: Source,
  format: BuildFileFormat,
  parse: (source: Source) => Checked<Body>,
): Checked<SyntaxFile> {
  const { value: body, diagnostics } = parse(source);
  return { value: { source, format, body }, diagnostics };
}

function foldersOf(files: readonly SyntaxFile[], workingFolder: string): ReadonlyMap<Source, string> {
  return new Map(
    files.map(({ source }) => [source, relative(workingFolder, dirname(resolve(workingFolder, source.name))) || "."]),
  );
}

interface RemoteReading extends ReadRemoteFiles {
  readonly refuseIncludes: (files: readonly SyntaxFile[]) => readonly Diagnostic[];
}

async function readRemote(address: string, request: FileRequest, options: LoadOptions): Promise<RemoteReading> {
  const { readRemoteBuildFiles, refuseIncludes } = await import("./remote-definition.ts");
  const { builder, signal = new AbortController().signal } = options;
  const read = await readRemoteBuildFiles({ ...request, address, builder, surroundings: options, signal });
  return { ...read, refuseIncludes: (files) => refuseIncludes(files, read.fromTree) };
}

/** A switch of the environment: unset and empty are off, anything but a boolean is an error. */
function switchOf(environment: ReadonlyMap<string, string>, name: string): Checked<boolean> {
  const text = environment.get(name) ?? "";
  const value = text === "" ? false : parseBoolean(text);
  if (value !== undefined) return { value, diagnostics: [] };
  const message = `${name}=${text} in the environment is neither true nor false`;
  return { value: false, diagnostics: [{ code: "buildfile/bad-switch", severity: "error", message }] };
}
