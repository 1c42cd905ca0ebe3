/** Who is told how a step goes: a build that waits for it. */
import type { Step } from "../graph/step.ts";

export interface StepObserver {
  readonly started: (step: Step) => void;
  readonly output: (step: Step, stream: "stdout" | "stderr", data: Uint8Array) => void;
  readonly progress: (step: Step, progress: StepProgress) => void;
  readonly warning: (step: Step, message: string, hint: string) => void;
  readonly completed: (step: Step, result: { readonly cached: boolean }) => void;
  readonly failed: (step: Step, error: unknown) => void;
}

export interface StepProgress {
  /** What is counted, the same for all that is said of it. */
  readonly id: string;
  readonly current: number;
  /** 0 when it is not known. */
  readonly total: number;
}
