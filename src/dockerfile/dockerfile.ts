/** A Dockerfile, parsed: what stands before the first stage, and the stages. */
import type { Source, Span } from "../base/span.ts";
import type { ArgInstruction, Instruction, Word } from "./instruction.ts";

export interface Dockerfile {
  readonly source: Source;
  readonly directives: Directives;
  /** ARGs before the first FROM. */
  readonly globals: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  /** Of instructions with an empty line after a continuation: their last lines. */
  readonly emptyContinuations?: readonly Span[];
}

export interface Directives {
  /** `# syntax=`: the frontend that is asked for. */
  readonly syntax?: Word;
  /** `\` or a backtick. */
  readonly escape: string;
  /** `# check=`: rules to skip, and whether warnings are errors. */
  readonly check?: Word;
}

export interface Stage {
  readonly index: number;
  /** As written; compared in lower case. */
  readonly name?: string;
  /** What it starts from: unexpanded; an image, the name of a stage, or `scratch`. */
  readonly from: Word;
  /** `--platform`, unexpanded. */
  readonly platform?: Word;
  readonly instructions: readonly Instruction[];
  /** Of the FROM line. */
  readonly span: Span;
  /** `FROM …` on one line, as written. */
  readonly original: string;
  /** What the comment above FROM says of the stage, for outlines: `# name text`, without the name. */
  readonly comment?: string;
  /** What the comments right above say, without their signs. */
  readonly comments?: readonly string[];
}
