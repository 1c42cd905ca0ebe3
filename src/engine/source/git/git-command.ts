/** Runs git so that nothing of this machine's git configuration, and nothing a repository brings, is run or asked. */
import { spawn } from "node:child_process";
import { errnoCode, messageOf, TsbakeError } from "../../../base/errors.ts";
import type { HostEnvironment } from "../../../base/host-environment.ts";

export interface GitOptions {
  readonly environment: HostEnvironment;
  /** Of an agent; without one, only keys in files are tried. */
  readonly sshSocket?: string | undefined;
  /** Host keys that were seen are remembered here. */
  readonly knownHostsFile: string;
  /** Configuration beyond the usual: `http.https://host/.extraHeader`. Goes by the environment, where no other user sees it. */
  readonly configuration: readonly (readonly [name: string, value: string])[];
}

export interface GitCall {
  /** Working folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Variables of git: `GIT_DIR`, `GIT_INDEX_FILE`. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface GitEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Git = (args: readonly string[], call: GitCall) => Promise<GitEnd>;

const mostOutputBytes = 64 << 20;
const mostWordsBytes = 64 << 10;
/** What of our environment git needs to work at all, and to get out of this network. */
const inherited =
  /^(?:PATH|TMPDIR|TMP|TEMP|SYSTEMROOT|COMSPEC|PATHEXT|LD_LIBRARY_PATH|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|SSL_CERT_(?:FILE|DIR)|GIT_SSL_(?:CAINFO|CAPATH)|GIT_EXEC_PATH)$/i;

const safeguards: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.quotePath", "false"],
  ["core.autocrlf", "false"],
  ["credential.helper", ""],
  ["protocol.ext.allow", "never"],
  ["protocol.file.allow", "user"],
  ["safe.directory", "*"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["init.defaultBranch", "main"],
  ["advice.detachedHead", "false"],
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "60"],
  ["http.userAgent", "git/tsbake"],
];

/** Resolves with how git ended, whatever the code; rejects with a TsbakeError when it cannot be run, or with the signal's reason. */
export function createGit(options: GitOptions): Git {
  const base = gitEnvironment(options);
  return (args, { folder, signal, variables }) => run(args, { folder, signal, variables: { ...base, ...variables } });
}

function gitEnvironment({ environment, sshSocket, knownHostsFile, configuration }: GitOptions): Record<string, string> {
  const kept = Object.entries(environment.variables).flatMap(([name, value]) =>
    value !== undefined && inherited.test(name) ? [[name, value] as const] : [],
  );
  const settings = [...safeguards, ...configuration];
  const numbered = settings.flatMap(([name, value], i) => [
    [`GIT_CONFIG_KEY_${i}`, name] as const,
    [`GIT_CONFIG_VALUE_${i}`, value] as const,
  ]);
  const nowhere = environment.platform === "win32" ? "NUL" : "/dev/null";
  return {
    ...Object.fromEntries([...kept, ...numbered]),
    HOME: nowhere,
    XDG_CONFIG_HOME: nowhere,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: nowhere,
    GIT_ATTR_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "true",
    SSH_ASKPASS: "true",
    LC_ALL: "C",
    ...(sshSocket === undefined ? {} : { SSH_AUTH_SOCK: sshSocket }),
    GIT_SSH_COMMAND: sshCommand(environment, knownHostsFile),
    GIT_SSH_VARIANT: "ssh",
  };
}

/** A host that was never seen before is trusted, as a build on a fresh machine has to; one that has changed is not. */
function sshCommand({ homeFolder }: HostEnvironment, knownHostsFile: string): string {
  const files = [knownHostsFile, `${homeFolder}/.ssh/known_hosts`].map((file) => `"${file.replaceAll('"', "")}"`);
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${files.join(" ")}`,
    "ConnectTimeout=30",
  ];
  return ["ssh", "-F", "/dev/null", ...options.flatMap((option) => ["-o", `'${option.replaceAll("'", "")}'`])].join(
    " ",
  );
}

function run(
  args: readonly string[],
  {
    folder,
    signal,
    variables,
  }: { readonly folder: string; readonly signal: AbortSignal; readonly variables: Record<string, string> },
): Promise<GitEnd> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const isGroup = process.platform !== "win32";
    const child = spawn("git", [...args], {
      cwd: folder,
      env: variables,
      stdio: ["ignore", "pipe", "pipe"],
      detached: isGroup,
      windowsHide: true,
    });
    // Git works through programs of its own, which have to end with it.
    const stop = (): void => {
      try {
        if (isGroup && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        else child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    };
    const stdout = collect(child.stdout, mostOutputBytes, stop);
    const stderr = collect(child.stderr, mostWordsBytes, () => {});
    signal.addEventListener("abort", stop, { once: true });
    process.once("exit", stop);
    const release = (): void => {
      signal.removeEventListener("abort", stop);
      process.off("exit", stop);
    };
    child.on("error", (error) => {
      release();
      reject(cannotRun(error));
    });
    child.on("close", (code) => {
      release();
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: code ?? 255, stdout: stdout(), stderr: stderr() });
    });
  });
}

/** The beginning of what a stream says; the rest is read and forgotten. */
function collect(stream: NodeJS.ReadableStream, mostBytes: number, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
    else onTooMuch();
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function cannotRun(error: unknown): TsbakeError {
  if (errnoCode(error) === "ENOENT") {
    return new TsbakeError("engine/no-git", "git is not installed, and repositories are fetched with it", {
      hint: "Install git, or give the address of an archive instead of a repository.",
      cause: error,
    });
  }
  return new TsbakeError("engine/no-git", `git cannot be run: ${messageOf(error)}`, {
    hint: "See whether `git --version` works.",
    cause: error,
  });
}
