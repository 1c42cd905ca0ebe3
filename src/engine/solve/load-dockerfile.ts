/** The Dockerfile of a target: found, read and parsed. */
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { messageOf } from "../../base/errors.ts";
import { variable } from "../../base/host-environment.ts";
import { positionAt } from "../../base/span.ts";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import type { SourceExcerpt } from "../../events/event.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { checkInputs } from "../../execute/target/check-inputs.ts";
import { sourcePolicyVariable } from "../../execute/target/source-policy.ts";
import { withStandardInput } from "../../execute/target/standard-input.ts";
import { type TargetInputs, targetInputs } from "../../execute/target/target-inputs.ts";
import { excerptOf, problem } from "../graph/problem.ts";
import { addressTree, folderOf, readTreeFile } from "./address-tree.ts";
import type { RepositoryOptions } from "./fetch-repository.ts";
import type { EngineServices } from "./services.ts";
import { stepTools } from "./step-tools.ts";

export interface LoadedDockerfile {
  readonly dockerfile: Dockerfile;
  readonly inputs: TargetInputs;
}

/** Rejects with a BuildFailure when it is not there, cannot be parsed, or is not written for this frontend. */
export async function loadDockerfile(
  request: SolveRequest,
  services: EngineServices,
  signal: AbortSignal,
): Promise<LoadedDockerfile> {
  const { build, workingFolder } = request;
  refuseSourcePolicy(services);
  const target = await withStandardInput(request.target, signal);
  const local = await checkInputs(target, targetInputs(target, build.links, workingFolder));
  const inputs = target === request.target ? local : { ...local, dockerfileLabel: "<stdin>" };
  const text = await readText({ target, workingFolder }, inputs, { services, signal });
  const { value, diagnostics } = parseDockerfile({ name: inputs.dockerfileLabel, text });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw parseFailure(errors);
  refuseOtherFrontends(value, target.args.get("BUILDKIT_SYNTAX"));
  return { dockerfile: value, inputs };
}

async function readText(
  { target, workingFolder }: Pick<SolveRequest, "target" | "workingFolder">,
  inputs: TargetInputs,
  { services, signal }: { readonly services: EngineServices; readonly signal: AbortSignal },
): Promise<string> {
  if (inputs.inlineDockerfile !== undefined) return inputs.inlineDockerfile;
  const { dockerfilePath, dockerfileAddress } = inputs;
  if (dockerfileAddress !== undefined) return download(dockerfileAddress, services, signal);
  if (dockerfilePath !== undefined) {
    try {
      return await readFile(dockerfilePath, "utf8");
    } catch (error) {
      throw new BuildFailure("build/dockerfile-unreadable", `${dockerfilePath} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  const tools = stepTools({ target, workingFolder }, services.host, services.redaction);
  const { place, tree } = await treeOf(target, { services, tools, signal });
  const bytes = await readTreeFile(tree, target.dockerfile, { services, mostBytes: largestDownloadBytes, signal });
  if (bytes !== undefined) return Buffer.from(bytes).toString("utf8");
  throw new BuildFailure("build/dockerfile-not-found", `there is no ${target.dockerfile} in ${place}`, {
    hint: "say where it is with dockerfile, relative to the context",
  });
}

/** Where a context is that is not on this machine: at an address, or beside the build file that was read from one. */
async function treeOf({ context, remote }: SolveRequest["target"], options: RepositoryOptions) {
  if (remote?.context === undefined) return { place: context, tree: await addressTree(context, options) };
  const { address } = remote.tree;
  const tree = folderOf(await addressTree(address, options), remote.context, address);
  return { place: `${remote.context} of ${address}`, tree };
}

async function download(url: string, { sources }: EngineServices, signal: AbortSignal): Promise<string> {
  const { file, size } = await sources.http({ url }, signal);
  if (size > 0 && size <= largestDownloadBytes) return readFile(file, "utf8");
  const why = size === 0 ? "there is nothing in it" : "it is larger than 2 MiB, which no Dockerfile is";
  throw new BuildFailure("build/dockerfile-unreadable", `the Dockerfile ${url} cannot be read: ${why}`, {
    hint: "see whether it is the address of the file itself and not of a page about it",
  });
}

/** What a policy forbids must not be built because nobody looked at it. */
function refuseSourcePolicy({ host }: EngineServices): void {
  if (variable(host, sourcePolicyVariable) === undefined) return;
  throw new BuildFailure(
    "build/source-policy",
    `the embedded engine cannot follow the source policy of ${sourcePolicyVariable}`,
    { hint: "build on a BuildKit (--builder), or unset the variable" },
  );
}

/** The first is the message; all are shown with their lines, and with what is wrong with them when they are several. */
function parseFailure(errors: readonly Diagnostic[]): BuildFailure {
  const [first] = errors;
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  const place = first?.span;
  const line = place === undefined ? "" : ` on line ${positionAt(place.source, place.start).line}`;
  return new BuildFailure(
    first?.code ?? "dockerfile/empty",
    `dockerfile parse error${line}: ${first?.message}${more}`,
    {
      excerpts: errors.flatMap((error) => excerptsOf(error, errors.length > 1)).slice(0, 10),
      ...(first?.hint === undefined || errors.length > 1 ? {} : { hint: first.hint }),
    },
  );
}

function excerptsOf({ span, message, hint }: Diagnostic, isOneOfSeveral: boolean): readonly SourceExcerpt[] {
  if (span === undefined) return [];
  const note = hint === undefined ? message : `${message} (${hint})`;
  return excerptOf(span).map((excerpt) => (isOneOfSeveral ? { ...excerpt, note } : excerpt));
}

const largestDownloadBytes = 2 << 20;

const ownFrontend = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$/;

/** What another frontend would make of the file is not for us to guess. */
function refuseOtherFrontends({ directives }: Dockerfile, argument: string | undefined): void {
  const { syntax } = directives;
  const [wanted = ""] = (argument ?? syntax?.text ?? "").trim().split(/\s+/, 1);
  if (wanted === "" || ownFrontend.test(wanted)) return;
  const options = argument === undefined && syntax !== undefined ? { span: syntax.span } : {};
  throw problem("build/custom-frontend", `the embedded engine cannot run the frontend ${JSON.stringify(wanted)}`, {
    ...options,
    hint: "build on a BuildKit: --builder with the name of a Docker context or the address of a daemon",
  });
}
