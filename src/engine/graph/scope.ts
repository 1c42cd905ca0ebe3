/** What the instructions of a stage are read with, besides the state they find. */
import type { Word } from "../../dockerfile/instruction.ts";
import type { ResourceLimits, Ulimit } from "../run/request.ts";
import type { Grants } from "./grants.ts";
import type { DockerfileText } from "./problem.ts";
import type { StageNaming } from "./stage-state.ts";
import type { BuildContext, Step } from "./step.ts";

export interface StageScope {
  readonly text: DockerfileText;
  /** Of ARGs before the first FROM, and the platform's. */
  readonly globals: ReadonlyMap<string, string>;
  /** Given to the build. */
  readonly buildArguments: ReadonlyMap<string, string>;
  readonly epochSeconds?: number;
  readonly naming: StageNaming;
  /** No step of the stage is taken from the cache. */
  readonly ignoreCache: boolean;
  readonly context: BuildContext;
  /** What `--from` names. Throws a BuildFailure when it cannot be meant. */
  readonly resolveFrom: (name: Word) => BuildContext | Step;
  readonly run: RunSettings;
  readonly grants: Grants;
}

/** What a target says of all its commands. */
export interface RunSettings {
  readonly network: "default" | "none" | "host";
  readonly hostname?: string;
  readonly extraHosts: readonly (readonly [string, string])[];
  readonly shmSize?: number;
  readonly ulimits: readonly Ulimit[];
  readonly limits?: ResourceLimits;
  /** `network.host`, `security.insecure`. */
  readonly entitlements: ReadonlySet<string>;
}
