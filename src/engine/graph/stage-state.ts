/** A stage while its instructions are gone through: what the next instruction finds. */
import type { ContainerConfig, HistoryEntry } from "../../oci/image-config.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Step } from "./step.ts";

export interface StageState {
  readonly platform: Platform;
  /** The last step; absent while nothing has changed an empty file system. */
  readonly top?: Step;
  readonly config: ContainerConfig;
  /** What variables hold: the image's environment and the declared arguments, the later one winning. */
  readonly variables: ReadonlyMap<string, string>;
  /** Declared arguments by name, in order; what they were declared with. */
  readonly declared: ReadonlyMap<string, string | undefined>;
  readonly history: readonly HistoryEntry[];
  readonly author?: string;
  /** CMD was given in this very stage: ENTRYPOINT leaves it. */
  readonly commandGiven: boolean;
  /** How many steps of the stage have been named. */
  readonly stepsNamed: number;
}

/** What steps of a stage are named with. */
export interface StageNaming {
  /** `linux/amd64 build`, `stage-1`, empty when it is the only one. */
  readonly label: string;
  /** Steps it has, FROM included. */
  readonly total: number;
}

/** `[build 2/5] COPY . /src`; the number is padded to the width of the total. */
export function stepName({ label, total }: StageNaming, index: number, text: string): string {
  const number = String(index).padStart(String(total).length);
  return `[${label === "" ? "" : `${label} `}${number}/${total}] ${text}`;
}

export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** On an empty file system. */
export function scratchState(platform: Platform): StageState {
  return {
    platform,
    config: { Env: [`PATH=${defaultPath}`], WorkingDir: "/" },
    variables: new Map([["PATH", defaultPath]]),
    declared: new Map(),
    history: [],
    commandGiven: false,
    stepsNamed: 0,
  };
}

export function withConfig(state: StageState, config: ContainerConfig): StageState {
  return { ...state, config: { ...state.config, ...config } };
}

/** What is set anew goes to the end, which is how commands see it. */
export function withVariables(state: StageState, pairs: Iterable<readonly [string, string]>): StageState {
  const variables = new Map(state.variables);
  for (const [name, value] of pairs) {
    variables.delete(name);
    variables.set(name, value);
  }
  return { ...state, variables };
}

export interface HistoryOptions {
  readonly layer: boolean;
  /** Of the build, when the user wants one. */
  readonly epochSeconds: number | undefined;
}

/** A line of the image's history. What has a layer and when is filled in once it is there. */
export function withHistory(state: StageState, text: string, { layer, epochSeconds }: HistoryOptions): StageState {
  const entry: HistoryEntry = {
    ...(epochSeconds === undefined ? {} : { created: timestamp(epochSeconds) }),
    created_by: text,
    comment: "buildkit.dockerfile.v0",
    ...(layer ? {} : { empty_layer: true }),
  };
  return { ...state, history: [...state.history, entry] };
}

/** RFC 3339, as short as Go writes it. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.?0*Z$/, "Z");
}
