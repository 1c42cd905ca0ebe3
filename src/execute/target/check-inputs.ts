/** Looks at a target's local inputs before anything is sent, because we can say better than the daemon what is missing. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { nearestName } from "../../base/suggest.ts";
import type { Target } from "../../plan/plan.ts";
import { BuildFailure } from "../ports.ts";
import { heedsPolicyBeside, policyRefusal } from "./policies.ts";
import type { LocalFolder, TargetInputs } from "./target-inputs.ts";

export interface CheckedInputs extends TargetInputs {
  /** Bytes of the Dockerfile; undefined when it is not ours to see. */
  readonly dockerfileBytes: number | undefined;
}

/** Rejects with a BuildFailure for a folder or a Dockerfile that is not there or not what it should be. */
export async function checkInputs(target: Target, inputs: TargetInputs): Promise<CheckedInputs> {
  for (const folder of inputs.folders) {
    if (folder.name !== "dockerfile") await checkFolder(target, folder);
  }
  if (inputs.inlineDockerfile !== undefined) {
    return { ...inputs, dockerfileBytes: Buffer.byteLength(inputs.inlineDockerfile) };
  }
  const path = inputs.dockerfilePath;
  if (path === undefined) return { ...inputs, dockerfileBytes: undefined };
  const size = await fileSize(path);
  if (typeof size === "number") {
    await refusePolicyBeside(target, path, inputs.dockerfileLabel);
    return { ...inputs, dockerfileBytes: size };
  }
  if (size === "missing" && basename(path) === "Dockerfile") {
    const lower = join(dirname(path), "dockerfile");
    const lowerSize = await fileSize(lower);
    if (typeof lowerSize === "number") {
      const named = withFilename(inputs, "dockerfile");
      await refusePolicyBeside(target, lower, named.dockerfileLabel);
      return { ...named, dockerfileBytes: lowerSize };
    }
  }
  throw await dockerfileProblem(target, path, size);
}

async function refusePolicyBeside(target: Target, path: string, label: string): Promise<void> {
  if (!heedsPolicyBeside(target) || typeof (await fileSize(`${path}.rego`)) !== "number") return;
  throw policyRefusal(target.name, `${label}.rego`);
}

function withFilename(inputs: TargetInputs, filename: string): TargetInputs {
  const label = join(dirname(inputs.dockerfileLabel), filename);
  return { ...inputs, attributes: new Map([...inputs.attributes, ["filename", filename]]), dockerfileLabel: label };
}

async function checkFolder(target: Target, folder: LocalFolder): Promise<void> {
  const what =
    folder.name === "context" ? "the context" : `the named context ${JSON.stringify(folder.name.replace(/^_/, ""))}`;
  const subject = `${what} of target ${JSON.stringify(target.name)}`;
  try {
    if ((await stat(folder.path)).isDirectory()) {
      await readdir(folder.path);
      return;
    }
  } catch (error) {
    if (errnoCode(error) !== "ENOENT" && errnoCode(error) !== "ENOTDIR") {
      throw new BuildFailure("build/context-unreadable", `${subject} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const near = nearestName(basename(folder.path), await foldersIn(dirname(folder.path)));
    throw new BuildFailure("build/context-not-found", `${subject} does not exist: ${folder.path}`, {
      hint:
        near === undefined
          ? "paths are relative to the folder of the build file that says them"
          : `did you mean ${JSON.stringify(near)}?`,
      cause: error,
    });
  }
  const isDockerfile =
    folder.name === "context" && /(?:^|\.)(?:dockerfile|containerfile)(?:\.|$)/i.test(basename(folder.path));
  throw new BuildFailure("build/context-not-a-folder", `${subject} is a file, not a folder: ${folder.path}`, {
    hint: isDockerfile
      ? `did you mean context = ${JSON.stringify(dirname(target.context))} and dockerfile = ${JSON.stringify(basename(folder.path))}?`
      : "a context is the folder that COPY and ADD take files from",
  });
}

type FileSize = number | "missing" | "folder" | { readonly error: unknown };

async function fileSize(path: string): Promise<FileSize> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? "folder" : found.size;
  } catch (error) {
    return errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR" ? "missing" : { error };
  }
}

async function dockerfileProblem(target: Target, path: string, problem: FileSize): Promise<BuildFailure> {
  const subject = `the Dockerfile of target ${JSON.stringify(target.name)}`;
  if (typeof problem === "object") {
    return new BuildFailure("build/dockerfile-unreadable", `${subject} cannot be read: ${messageOf(problem.error)}`, {
      cause: problem.error,
    });
  }
  if (problem === "folder") {
    return new BuildFailure("build/dockerfile-not-found", `${subject} is a folder: ${path}`, {
      hint: `did you mean dockerfile = ${JSON.stringify(join(target.dockerfile, "Dockerfile"))}?`,
    });
  }
  return new BuildFailure("build/dockerfile-not-found", `${subject} does not exist: ${path}`, {
    hint: await dockerfileHint(target, path),
  });
}

async function dockerfileHint(target: Target, path: string): Promise<string> {
  const contextFolder = path.endsWith(target.dockerfile) ? path.slice(0, -target.dockerfile.length) : dirname(path);
  // Written from the working folder although it is taken from the context.
  const doubled = target.dockerfile.startsWith(`${target.context}/`)
    ? relative(target.context, target.dockerfile)
    : undefined;
  if (doubled !== undefined && typeof (await fileSize(join(contextFolder, doubled))) === "number") {
    return `dockerfile is relative to the context; did you mean dockerfile = ${JSON.stringify(doubled)}?`;
  }
  const candidates = (await filesIn(contextFolder)).filter((name) =>
    /(?:^|[.-])(?:dockerfile|containerfile)(?:[.-]|$)/i.test(name),
  );
  const [first] = candidates;
  const near = nearestName(basename(path), candidates) ?? first;
  if (near !== undefined) return `did you mean dockerfile = ${JSON.stringify(near)}?`;
  return "say where it is with dockerfile, relative to the context, or write it into the build file with dockerfile-inline";
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
