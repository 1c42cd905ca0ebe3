/**
 * The instructions of a Dockerfile as they are written: nothing is expanded yet, because what a variable holds depends on the stage, the
 * platform and the build's arguments.
 */
import type { Span } from "../base/span.ts";

export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CommandInstruction
  | CopyInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopSignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

interface InstructionBase {
  /** Of the whole instruction, heredocs included. */
  readonly span: Span;
  /** The instruction on one line, as the history and the progress show it: continuations joined, flags included, heredoc bodies not. */
  readonly original: string;
  /** What the comments right above say, without their signs. */
  readonly comments?: readonly string[];
}

/** A piece of text that may hold variables. */
export interface Word {
  readonly text: string;
  readonly span: Span;
}

export interface KeyValue {
  readonly key: string;
  /** Unexpanded, with its quotes. */
  readonly value: string;
  readonly span: Span;
}

export interface ArgInstruction extends InstructionBase {
  readonly keyword: "ARG";
  readonly items: readonly ArgItem[];
}

export interface ArgItem {
  readonly name: string;
  /** Unexpanded, with its quotes; absent for `ARG NAME`. */
  readonly value?: string;
  readonly span: Span;
}

export interface EnvInstruction extends InstructionBase {
  readonly keyword: "ENV";
  readonly pairs: readonly KeyValue[];
  /** `ENV name value`. */
  readonly legacy: boolean;
}

export interface LabelInstruction extends InstructionBase {
  readonly keyword: "LABEL";
  readonly pairs: readonly KeyValue[];
  /** `LABEL name value`. */
  readonly legacy?: boolean;
}

/** `shell`: one text for the shell. `exec`: a JSON array. */
export type Command =
  | { readonly form: "shell"; readonly text: string }
  | { readonly form: "exec"; readonly arguments: readonly string[] };

export interface CommandInstruction extends InstructionBase {
  readonly keyword: "CMD" | "ENTRYPOINT";
  readonly command: Command;
}

export interface Heredoc {
  readonly name: string;
  /** As written, tabs already stripped for `<<-`. */
  readonly body: string;
  /** Of `<<-`: the body with its tabs. */
  readonly raw?: string;
  /** False when the delimiter was quoted. */
  readonly expand: boolean;
  readonly stripTabs: boolean;
  /** `3<<EOF`: 3. */
  readonly fileDescriptor: number;
  /** Of the body, up to the line that ends it. */
  readonly span: Span;
}

interface CopyBase extends InstructionBase {
  /** Heredocs are among them in their order, as `{heredoc}`. */
  readonly sources: readonly (Word | { readonly heredoc: Heredoc })[];
  readonly destination: Word;
  readonly owner?: Word;
  readonly mode?: Word;
  readonly link: boolean;
  readonly parents: boolean;
  readonly excludes: readonly Word[];
}

export interface CopyInstruction extends CopyBase {
  readonly keyword: "COPY";
  readonly from?: Word;
}

export interface AddInstruction extends CopyBase {
  readonly keyword: "ADD";
  readonly checksum?: Word;
  readonly keepGitDir: boolean;
  /** Absent when the flag is not given. */
  readonly unpack?: boolean;
}

export interface RunInstruction extends InstructionBase {
  readonly keyword: "RUN";
  readonly command: Command;
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly MountFlag[];
  readonly network?: "default" | "none" | "host";
  readonly security?: "sandbox" | "insecure";
  readonly devices: readonly Word[];
}

/** `--mount=…`: fields in order, unexpanded; `type` is checked, the others where they are used (`resolveMount`). */
export interface MountFlag {
  /** `bind` where the type is only known once variables are put in. */
  readonly type: "bind" | "cache" | "tmpfs" | "secret" | "ssh";
  /** Keys in lower case under their first name (`target` for `dst` and `destination`, `source` for `src`, `readonly` for `ro`, `readwrite` for `rw`). */
  readonly fields: readonly { readonly key: string; readonly value: string | undefined }[];
  readonly span: Span;
}

export interface ExposeInstruction extends InstructionBase {
  readonly keyword: "EXPOSE";
  /** In the order of their bytes, as the history shows them. */
  readonly ports: readonly Word[];
}

export interface HealthcheckInstruction extends InstructionBase {
  readonly keyword: "HEALTHCHECK";
  /** Undefined for `NONE`. */
  readonly command: Command | undefined;
  /** Durations in nanoseconds; absent when the flag is. */
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly startPeriodNs?: number;
  readonly startIntervalNs?: number;
  readonly retries?: number;
}

export interface MaintainerInstruction extends InstructionBase {
  readonly keyword: "MAINTAINER";
  readonly name: string;
}

export interface OnbuildInstruction extends InstructionBase {
  readonly keyword: "ONBUILD";
  /** The instruction to come, as text, its heredocs after it: parsed again where it is triggered (`parseInstruction`). */
  readonly trigger: string;
}

export interface ShellInstruction extends InstructionBase {
  readonly keyword: "SHELL";
  readonly arguments: readonly string[];
}

export interface StopSignalInstruction extends InstructionBase {
  readonly keyword: "STOPSIGNAL";
  readonly signal: Word;
}

export interface UserInstruction extends InstructionBase {
  readonly keyword: "USER";
  readonly user: Word;
}

export interface VolumeInstruction extends InstructionBase {
  readonly keyword: "VOLUME";
  readonly paths: readonly Word[];
}

export interface WorkdirInstruction extends InstructionBase {
  readonly keyword: "WORKDIR";
  readonly path: Word;
}
