/** What is asked of a sandbox: one command on top of layers. */
import type { Platform } from "../../oci/platform.ts";
import type { Encoding, Layer } from "../layer/layer.ts";
import type { Tree } from "../tree/tree.ts";

/** What a command is told, wherever it runs. */
export interface RunCommand {
  readonly arguments: readonly string[];
  /** `NAME=value`. */
  readonly environment: readonly string[];
  /** Absolute; made when it is missing. */
  readonly workingFolder: string;
  /** As `USER` has it: a name or number, with or without group; empty for root. */
  readonly user: string;
  readonly platform: Platform;
  readonly network: "default" | "none" | "host";
  readonly security: "sandbox" | "insecure";
  readonly hostname?: string;
  /** Name to address. */
  readonly extraHosts: readonly (readonly [string, string])[];
  /** Bytes of /dev/shm. */
  readonly shmSize?: number;
  readonly ulimits: readonly Ulimit[];
  readonly limits?: ResourceLimits;
}

export interface RunRequest extends RunCommand {
  /** The file system the command sees, lowest first. */
  readonly layers: readonly Layer[];
  readonly mounts: readonly RunMount[];
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface ResourceLimits {
  readonly memoryBytes?: number;
  readonly memorySwapBytes?: number;
  readonly cpuShares?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
}

export type RunMount =
  | {
      readonly type: "cache";
      /** Absolute, clean. */
      readonly target: string;
      readonly id: string;
      readonly sharing: "shared" | "private" | "locked";
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      /** What it holds when it is new. */
      readonly from?: MountSource;
    }
  | { readonly type: "bind"; readonly target: string; readonly from: MountSource; readonly readWrite: boolean }
  | { readonly type: "tmpfs"; readonly target: string; readonly sizeBytes?: number }
  | {
      readonly type: "secret";
      /** A file; absent when only the variable is wanted. */
      readonly target?: string;
      readonly variable?: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly value: Uint8Array;
    }
  | {
      readonly type: "ssh";
      readonly target: string;
      /** Of an agent on this machine. */
      readonly socket: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** A folder or file of layers or of a context, from the root of it: `""` is all. */
export type MountSource =
  | { readonly kind: "layers"; readonly layers: readonly Layer[]; readonly path: string }
  | { readonly kind: "tree"; readonly tree: Tree; readonly path: string };

export interface RunContext {
  readonly signal: AbortSignal;
  /** The layer is packed in it as well, in the same pass. */
  readonly encoding?: Encoding;
  readonly onOutput: (stream: "stdout" | "stderr", data: Uint8Array) => void;
}

/** Runs commands. Opened once a node, closed with it. */
export interface Sandbox {
  /**
   * Resolves to the layer of what the command changed. Rejects with a `CommandFailed` for another exit status than 0, with a TsbakeError
   * when nothing can be run here, with the signal's reason after everything was ended and unmounted.
   */
  readonly run: (request: RunRequest, context: RunContext) => Promise<Layer>;
  /** Why nothing can be run here, with a way out; undefined when it can. Asked once, before anything starts. */
  readonly obstacle: (platform: Platform) => Promise<{ readonly message: string; readonly hint: string } | undefined>;
  /** The platforms commands can be run for: the machine's own first. */
  readonly platforms: () => Promise<readonly Platform[]>;
  readonly close: () => Promise<void>;
}

/** The command ended with a status of its own. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: number;
  /** A way out, where there is more to say than the command itself did. */
  readonly hint: string | undefined;

  constructor(message: string, exitCode: number, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
