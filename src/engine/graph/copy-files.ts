/** COPY, ADD and WORKDIR as steps. */
import { posix } from "node:path";
import { isGitAddress } from "../../buildfile/git-address.ts";
import type { AddInstruction, CopyInstruction, Heredoc, WorkdirInstruction } from "../../dockerfile/instruction.ts";
import { isRemoteAddress } from "../../execute/target/target-inputs.ts";
import { addStep } from "./add-step.ts";
import { type ExpansionOptions, expand, expandText } from "./expansion.ts";
import type { Grants } from "./grants.ts";
import { problem } from "./problem.ts";
import type { StageScope } from "./scope.ts";
import { type StageState, withConfig, withHistory } from "./stage-state.ts";
import type { BuildContext, CopySource, Step } from "./step.ts";

type Copying = AddInstruction | CopyInstruction;

/** Throws a BuildFailure that shows the instruction. */
export function copyFiles(state: StageState, instruction: Copying, scope: StageScope): StageState {
  const { span, keyword } = instruction;
  const options: ExpansionOptions = { variables: state.variables, span, scope };
  const owner = instruction.owner === undefined ? undefined : expand(instruction.owner.text, options);
  const mode = instruction.mode === undefined ? undefined : checkedMode(expand(instruction.mode.text, options), span);
  const destination = expand(instruction.destination.text, options);
  const written = instruction.sources.flatMap((source) => ("heredoc" in source ? [] : [expand(source.text, options)]));
  const texts = instruction.sources.flatMap((source) =>
    "heredoc" in source ? [textSource(source.heredoc, options)] : [],
  );
  const excludes = instruction.excludes.map(({ text }) => text);
  const from = sourceOf(instruction, scope);
  const files =
    keyword === "ADD"
      ? addSources(instruction, written, { excludes, options, from, grants: scope.grants })
      : pathSources(instruction, written, { excludes, from, unpack: false });
  const shown = [
    keyword,
    ...(instruction.parents ? ["--parents"] : []),
    ...(owner === undefined ? [] : [`--chown=${owner}`]),
    ...(mode === undefined ? [] : [`--chmod=${mode}`]),
    ...written,
    ...texts.map(({ name }) => `<<${name}`),
    destination,
  ];
  const next = addStep(state, scope, instruction.original, {
    kind: "copy",
    span,
    sources: [...files, ...texts],
    destination: destinationIn(state, destination),
    ...(owner === undefined ? {} : { owner }),
    ...(mode === undefined ? {} : { mode }),
    link: instruction.link,
    ...(scope.epochSeconds === undefined ? {} : { epochSeconds: scope.epochSeconds }),
  });
  return withHistory(next, `${shown.join(" ")} # buildkit`, { layer: true, epochSeconds: scope.epochSeconds });
}

/** Every WORKDIR but that of the root makes a layer, if only an empty one. */
export function changeFolder(
  state: StageState,
  { path, span, original }: WorkdirInstruction,
  scope: StageScope,
): StageState {
  const written = expand(path.text, { variables: state.variables, span, scope });
  // BuildKit cleans relative paths only: what is absolute stands in the configuration as it is written.
  const folder = written.startsWith("/") ? written : posix.resolve("/", state.config.WorkingDir ?? "/", written);
  const inFolder = withConfig(state, { WorkingDir: folder });
  const options = { epochSeconds: scope.epochSeconds };
  if (folder === "/") return withHistory(inFolder, "WORKDIR /", { layer: false, ...options });
  const next = addStep(inFolder, scope, original, {
    kind: "workdir",
    span,
    path: folder,
    user: state.config.User ?? "",
    ...(scope.epochSeconds === undefined ? {} : { epochSeconds: scope.epochSeconds }),
  });
  return withHistory(next, `WORKDIR ${folder}`, { layer: true, ...options });
}

function sourceOf(instruction: Copying, scope: StageScope): BuildContext | Step {
  return instruction.keyword === "COPY" && instruction.from !== undefined
    ? scope.resolveFrom(instruction.from)
    : scope.context;
}

interface Sourcing {
  readonly excludes: readonly string[];
  readonly from: BuildContext | Step;
}

function pathSources(
  { parents }: Copying,
  patterns: readonly string[],
  { excludes, from, unpack }: Sourcing & { readonly unpack: boolean },
): readonly CopySource[] {
  return patterns.length === 0 ? [] : [{ kind: "paths", from, patterns, excludes, parents, unpack }];
}

/** Neighbouring paths are one source; addresses are one each. */
function addSources(
  instruction: AddInstruction,
  written: readonly string[],
  { excludes, from, options, grants }: Sourcing & { readonly options: ExpansionOptions; readonly grants: Grants },
): readonly CopySource[] {
  const { span } = instruction;
  const checksum = instruction.checksum === undefined ? undefined : expand(instruction.checksum.text, options);
  const fetched = written.filter(isRemoteAddress);
  if (checksum !== undefined && (fetched.length === 0 || written.length > 1)) {
    throw problem(
      "build/bad-instruction",
      fetched.length === 0
        ? "ADD: a checksum is for files from http, https and git addresses"
        : "ADD: a checksum is for one source",
      { span, hint: "remove --checksum, or give each address an ADD of its own" },
    );
  }
  const sources: CopySource[] = [];
  let paths: string[] = [];
  const flush = (): void => {
    sources.push(...pathSources(instruction, paths, { excludes, from, unpack: instruction.unpack ?? true }));
    paths = [];
  };
  for (const text of written) {
    if (!isRemoteAddress(text)) {
      paths.push(text);
      continue;
    }
    flush();
    const source = remoteSource(instruction, text, { excludes, grants });
    sources.push(checksum === undefined ? source : { ...source, checksum });
  }
  flush();
  return sources;
}

function remoteSource(
  { keepGitDir, unpack = false }: AddInstruction,
  address: string,
  { excludes, grants }: { readonly excludes: readonly string[]; readonly grants: Grants },
): Extract<CopySource, { readonly kind: "git" | "http" }> {
  if (!isGitAddress(address)) return { kind: "http", url: address, unpack };
  const grant = grants.repository(address);
  return { kind: "git", address, ...(grant === undefined ? {} : { grant }), keepGitDir, excludes };
}

function textSource(heredoc: Heredoc, options: ExpansionOptions): Extract<CopySource, { readonly kind: "text" }> {
  const path = posix.resolve("/", heredoc.name);
  if (path === "/" || posix.dirname(path) !== "/") {
    throw problem("build/bad-instruction", `the heredoc ${JSON.stringify(heredoc.name)} is no name of a file`, {
      span: heredoc.span,
      hint: "name it without a slash, and give the whole path as the destination",
    });
  }
  return {
    kind: "text",
    name: path.slice(1),
    text: heredoc.expand ? expandText(heredoc.body, { ...options, span: heredoc.span }) : heredoc.body,
  };
}

/** From the root; what says that it is a folder is kept. */
function destinationIn({ config }: StageState, written: string): string {
  const path = posix.resolve("/", config.WorkingDir ?? "/", written);
  const folder = written.endsWith("/") || written === "." || written === ".." || /\/\.\.?$/.test(written);
  return folder && path !== "/" ? `${path}/` : path;
}

/** A number is octal and has twelve bits; anything else is symbolic and checked where it is used. */
function checkedMode(mode: string, span: Copying["span"]): string {
  if (!/^[0-9]/.test(mode)) return mode;
  if (/^[0-7]{1,}$/.test(mode) && Number.parseInt(mode, 8) <= 0o7777) return mode;
  throw problem("build/bad-instruction", `--chmod: ${JSON.stringify(mode)} is no mode`, {
    span,
    hint: "write an octal number from 0 to 7777, or a symbolic mode such as u=rwX,go=rX",
  });
}
