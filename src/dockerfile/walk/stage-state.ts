/** A stage as it stands between two of its instructions. */
import type { Span } from "../../base/span.ts";
import type { Stage } from "../dockerfile.ts";
import type { Instruction } from "../instruction.ts";
import type { ArgumentInfo } from "./global-arguments.ts";

export interface MountUse {
  readonly required: boolean;
  readonly span: Span;
}

export class StageState {
  readonly stage: Stage;
  /** The stage it starts from, when that is one of the file. */
  readonly base: StageState | undefined;
  /** What it starts from, expanded; its own name where a context stands in for it. */
  readonly from: string;
  /** Its instructions, with those that its base has waiting for it. */
  instructions: readonly Instruction[];
  environment: Map<string, string> = new Map();
  /** Of these, what ENV and the image set. */
  imageEnvironment: Map<string, string> = new Map();
  /** All variables are known, also those of the image. */
  knowsEnvironment = true;
  /** Arguments that are declared, with or without a value. */
  readonly declared: Set<string> = new Set();
  hasShell = false;
  hasWorkdir = false;
  /** Where an instruction stands that only counts once. */
  readonly last: Map<"CMD" | "ENTRYPOINT" | "HEALTHCHECK", Span> = new Map();
  readonly arguments: Map<string, ArgumentInfo>;
  readonly usedArguments: Set<string> = new Set();
  readonly secrets: Map<string, MountUse> = new Map();
  readonly ssh: Map<string, MountUse> = new Map();
  /** Other stages that it takes files from. */
  readonly sources: Set<StageState> = new Set();

  constructor(
    stage: Stage,
    {
      base,
      from,
      globals,
    }: {
      readonly base: StageState | undefined;
      readonly from: string;
      readonly globals: ReadonlyMap<string, ArgumentInfo>;
    },
  ) {
    this.stage = stage;
    this.base = base;
    this.from = from;
    this.instructions = stage.instructions;
    this.arguments = new Map(globals);
  }

  /** What is set anew goes to the end: of names that are equally near, the first is suggested. */
  assign(name: string, value: string): void {
    this.environment.delete(name);
    this.environment.set(name, value);
  }

  /** Takes over what the base has become. */
  inherit(): void {
    if (this.base === undefined) return;
    this.imageEnvironment = new Map(this.base.imageEnvironment);
    // An argument goes before ENV in its own stage only.
    this.environment = new Map(this.base.environment);
    for (const [name, value] of this.imageEnvironment) this.assign(name, value);
    this.knowsEnvironment = this.base.knowsEnvironment;
    this.hasShell = this.base.hasShell;
    this.hasWorkdir = this.base.hasWorkdir;
    for (const name of this.base.declared) this.declared.add(name);
  }
}
