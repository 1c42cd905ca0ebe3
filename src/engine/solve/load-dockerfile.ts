/** The Dockerfile of a target: found, read and parsed. */
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { messageOf } from "../../base/errors.ts";
import { positionAt } from "../../base/span.ts";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { checkInputs } from "../../execute/target/check-inputs.ts";
import { isRemoteAddress, type TargetInputs, targetInputs } from "../../execute/target/target-inputs.ts";
import { isGitAddress } from "../graph/copy-files.ts";
import { excerptOf, problem } from "../graph/problem.ts";
import { openContent } from "../layer/open-content.ts";
import { resolvePath } from "../tree/resolve-path.ts";
import { openArchiveTree } from "./archive-context.ts";
import type { EngineServices } from "./services.ts";

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
  const { target, build, workingFolder } = request;
  const inputs = await checkInputs(target, targetInputs(target, build.links, workingFolder));
  const text = await readText(request, inputs, { services, signal });
  const { value, diagnostics } = parseDockerfile({ name: inputs.dockerfileLabel, text });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw parseFailure(errors);
  refuseOtherFrontends(value, target.args.get("BUILDKIT_SYNTAX"));
  return { dockerfile: value, inputs };
}

async function readText(
  { target }: SolveRequest,
  inputs: TargetInputs,
  { services, signal }: { readonly services: EngineServices; readonly signal: AbortSignal },
): Promise<string> {
  if (inputs.inlineDockerfile !== undefined) return inputs.inlineDockerfile;
  const { dockerfilePath } = inputs;
  if (isRemoteAddress(target.dockerfile)) {
    const { file } = await services.sources.http({ url: target.dockerfile }, signal);
    return readFile(file, "utf8");
  }
  if (dockerfilePath !== undefined) {
    try {
      return await readFile(dockerfilePath, "utf8");
    } catch (error) {
      throw new BuildFailure("build/dockerfile-unreadable", `${dockerfilePath} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  const { context } = target;
  const tree = isGitAddress(context)
    ? (await services.sources.git({ address: context, keepGitDir: false }, signal)).tree
    : await openArchiveTree(context, services, signal);
  const entry = tree.lstat(resolvePath(tree, posix.resolve("/", target.dockerfile).slice(1), { followLast: true }));
  const file = entry?.type === "hardlink" ? tree.lstat(entry.target) : entry;
  if (file?.type !== "file") {
    throw new BuildFailure("build/dockerfile-not-found", `there is no ${target.dockerfile} in ${context}`, {
      hint: "say where it is with dockerfile, relative to the context",
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of openContent(services.store, file.content, signal)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** The first is the message, and all have their lines shown. */
function parseFailure(errors: readonly Diagnostic[]): BuildFailure {
  const [first] = errors;
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  const place = first?.span;
  const line = place === undefined ? "" : ` on line ${positionAt(place.source, place.start).line}`;
  return new BuildFailure(
    first?.code ?? "dockerfile/empty",
    `dockerfile parse error${line}: ${first?.message}${more}`,
    {
      excerpts: errors.flatMap(({ span }) => (span === undefined ? [] : excerptOf(span))).slice(0, 10),
      ...(first?.hint === undefined ? {} : { hint: first.hint }),
    },
  );
}

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
