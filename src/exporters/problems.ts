/** What can be wrong with an output, in one place: the codes, what is said, and the way out. */
import { errnoCode, messageOf, TsbakeError } from "../base/errors.ts";
import { enumerate } from "../base/text.ts";

function quote(text: string): string {
  return JSON.stringify(text);
}

export const problems = {
  destinationMissing: (type: string): TsbakeError =>
    new TsbakeError("exporters/destination-missing", `the ${type} output does not say where to`, {
      hint: `add dest=FOLDER, as in type=${type},dest=out`,
    }),

  destinationIsFolder: (path: string): TsbakeError =>
    new TsbakeError("exporters/destination-is-folder", `${quote(path)} is a folder, the output is one file`, {
      hint: "name a file in it",
    }),

  destinationIsFile: (path: string): TsbakeError =>
    new TsbakeError("exporters/destination-is-file", `${quote(path)} is a file, the output is a folder`, {
      hint: "remove the file, or name another folder",
    }),

  destinationUnwritable: (path: string, cause: unknown): TsbakeError =>
    new TsbakeError("exporters/destination-unwritable", `cannot write ${quote(path)}: ${reasonOf(cause)}`, {
      hint: "choose another destination, or change the permissions of the folder it is in",
      cause,
    }),

  diskFull: (path: string, cause: unknown): TsbakeError =>
    new TsbakeError("exporters/disk-full", `no space is left to write ${quote(path)}`, {
      hint: "free some space, or choose a destination on another disk; what stood there before is unchanged",
      cause,
    }),

  incomplete: (path: string): TsbakeError =>
    new TsbakeError("exporters/incomplete", `the node reported success but did not send all of ${quote(path)}`, {
      retryable: true,
    }),

  terminal: (type: string): TsbakeError =>
    new TsbakeError("exporters/stdout-is-terminal", `a ${type} archive cannot be shown on a terminal`, {
      hint: "add dest=FILE, or send standard output to a file or a pipe",
    }),

  stdoutTaken: (build: string): TsbakeError =>
    new TsbakeError("exporters/stdout-taken", `standard output already receives the archive of ${build}`, {
      hint: "give one of the outputs dest=FILE",
    }),

  stdoutHalfWritten: (): TsbakeError =>
    new TsbakeError(
      "exporters/stdout-half-written",
      "a part of the archive is already on standard output, it cannot be sent again",
      {
        hint: "with dest=FILE a retry is possible",
      },
    ),

  stdoutClosed: (cause: unknown): TsbakeError =>
    new TsbakeError("exporters/stdout-closed", `cannot write to standard output: ${reasonOf(cause)}`, { cause }),

  notSupported: (exporter: string, known: Iterable<string>, node = "the node"): TsbakeError =>
    new TsbakeError(
      "exporters/not-supported",
      `${node} has no exporter ${quote(exporter)}, it has ${enumerate([...known].sort(), 12)}`,
      {
        hint:
          exporter === "oci" || exporter === "docker"
            ? "a Docker engine needs its containerd image store for it; or choose another builder, such as --builder embedded"
            : "choose another output type or another builder",
      },
    ),

  layoutUnreadable: (path: string): TsbakeError =>
    new TsbakeError("exporters/layout-unreadable", `the index.json in ${quote(path)} is not that of an OCI layout`, {
      hint: "name another folder, or remove the file",
    }),

  pushWithoutName: (target: string): TsbakeError =>
    new TsbakeError("exporters/push-without-name", `target ${target} is to be pushed but has no name`, {
      hint: "add tags to the target, or name= to the output",
    }),

  pushNeedsContainerd: (node = "this Docker engine"): TsbakeError =>
    new TsbakeError("exporters/push-needs-containerd", `${node} cannot push from a build`, {
      hint: "switch on its containerd image store, use another builder (--builder embedded), or load the image and use docker push",
    }),

  storeCannot: (parameters: string, node = "this Docker engine"): TsbakeError =>
    new TsbakeError("exporters/store-cannot", `${parameters}: the image store of ${node} has no place for that`, {
      hint: "remove it, switch the engine to its containerd image store, or use another builder (--builder embedded)",
    }),

  storeOfOnePlatform: (target: string, node = "this Docker engine"): TsbakeError =>
    new TsbakeError(
      "exporters/several-platforms",
      `the image store of ${node} holds images of one platform, several are asked for of target ${target}`,
      {
        hint: "name one platform, switch the engine to its containerd image store, or use another builder (--builder embedded)",
      },
    ),

  noEngine: (target: string): TsbakeError =>
    new TsbakeError("exporters/no-engine-to-load", `no Docker engine is known to load the image of ${target} into`, {
      hint: "add dest=FILE to the docker output, or start Docker",
    }),

  engineIncomplete: (digest: string): TsbakeError =>
    new TsbakeError(
      "exporters/engine-incomplete",
      `the Docker engine took the image ${digest} and does not have all of it`,
      {
        hint: "build again; if it stays so, the engine's log says what became of it",
        retryable: true,
      },
    ),

  severalPlatforms: (target: string): TsbakeError =>
    new TsbakeError(
      "exporters/several-platforms",
      `the docker output of ${target} holds one platform, several are asked for`,
      {
        hint: "use type=oci for a file; an engine takes several with its containerd image store",
      },
    ),

  badParameter: (type: string, key: string, value: string, expected: string): TsbakeError =>
    new TsbakeError("exporters/bad-parameter", `${key}=${value} of the ${type} output: expected ${expected}`),

  indexAnnotations: (): TsbakeError =>
    new TsbakeError("exporters/index-annotations", "an image of one platform has no index that could be annotated", {
      hint: "annotate the manifest: annotation-manifest.KEY=VALUE, or no level at all",
    }),

  blobTruncated: (path: string): TsbakeError =>
    new TsbakeError("exporters/blob-truncated", `${quote(path)} of the cache is shorter than it was`, {
      hint: "build again; if it stays so, remove the cache folder",
      retryable: true,
    }),

  badEntry: (path: string): TsbakeError =>
    new TsbakeError("exporters/bad-entry", `the result has an entry ${quote(path)}, which cannot be a file here`, {
      hint: "rename it in the Dockerfile, or export an image or an archive instead",
    }),

  attestationInTheWay: (name: string): TsbakeError =>
    new TsbakeError(
      "exporters/attestation-in-the-way",
      `the result has a file ${quote(name)}, as an attestation is named`,
      {
        hint: "add attestation-prefix=PREFIX to the output",
      },
    ),

  platformsCollide: (path: string, ...platforms: readonly string[]): TsbakeError =>
    new TsbakeError("exporters/platforms-collide", `${enumerate(platforms)} both have ${quote(path)}`, {
      hint: "drop platform-split=false: each platform gets a folder of its own then",
    }),

  taggedByDigest: (name: string): TsbakeError =>
    new TsbakeError("exporters/tagged-by-digest", `${quote(name)} has a tag, and what is pushed by digest has none`, {
      hint: "take the tag off, or drop push-by-digest",
    }),

  deleteRefused: (path: string): TsbakeError =>
    new TsbakeError(
      "exporters/delete-refused",
      `mode=delete would empty ${quote(path)}, which holds the working folder`,
      {
        hint: "name a folder below the working folder",
      },
    ),
} as const;

/** What a stream that is written to broke with, when the file system is to blame: it may also have been broken by who writes to it. */
export function streamProblem(path: string, error: unknown): TsbakeError | undefined {
  return error instanceof TsbakeError || isSystemError(error) ? writeProblem(path, error) : undefined;
}

/**
 * A TsbakeError for a file system call that failed while writing what is shown as `path`. Everything else (a bug, a build that failed, an
 * interruption) is thrown on.
 */
export function writeProblem(path: string, error: unknown): TsbakeError {
  if (error instanceof TsbakeError) return error;
  if (!isSystemError(error)) throw error;
  const code = errnoCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") return problems.diskFull(path, error);
  return problems.destinationUnwritable(path, error);
}

/** Other errors have codes, too: `CANCELLED`, `ERR_STREAM_DESTROYED`, `build/file-changed`. */
function isSystemError(error: unknown): boolean {
  return /^E(?!RR_)[A-Z0-9]+$/.test(errnoCode(error) ?? "");
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EROFS", "the file system is read-only"],
  ["ENOTDIR", "a part of the path is no folder"],
  ["EISDIR", "it is a folder"],
  ["ELOOP", "its links lead in a circle"],
  ["ENAMETOOLONG", "the name is too long"],
  ["EBUSY", "it is in use, or a mount"],
  ["EXDEV", "a mount in it holds files of the same name"],
  ["EPIPE", "the reader has gone"],
]);

function reasonOf(error: unknown): string {
  return reasons.get(errnoCode(error) ?? "") ?? messageOf(error);
}
