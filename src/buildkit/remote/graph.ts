/** Writes the little of BuildKit's graph language (LLB) that is needed to fetch a tree and to take folders out of it. */
import { createHash } from "node:crypto";
import { Definition, FileAction, FileActionCopy, FileOp, Op, OpMetadata, SourceOp } from "../gen/ops.ts";

/** A step of a graph and, through its inputs, the graph that ends in it. */
export interface GraphStep {
  /** An encoded `pb.Op`. */
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly metadata: OpMetadata;
  readonly input?: GraphStep;
}

export interface StepDescription {
  /** What people see. */
  readonly name: string;
  /** What the daemon must know to run it. */
  readonly caps: readonly string[];
}

export interface SourceStep extends StepDescription {
  readonly identifier: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface CopyStep {
  readonly name: string;
  /** Absolute in the input: of a folder the content is copied, of an archive to be unpacked what it holds. */
  readonly path: string;
  readonly unpack: boolean;
}

/** Lets the daemon fetch something. */
export function sourceStep({ identifier, attributes, ...description }: SourceStep): GraphStep {
  const value = SourceOp.create({ identifier, attrs: new Map(attributes) });
  return step(Op.create({ op: { $case: "source", value }, constraints: {} }), description);
}

/** A file system that holds a part of another. */
export function copyStep(input: GraphStep, { name, path, unpack }: CopyStep): GraphStep {
  const copy = FileActionCopy.create({
    src: path,
    dest: "/",
    // As they are in the input.
    mode: -1,
    timestamp: -1n,
    dirCopyContents: !unpack,
    attemptUnpackDockerCompatibility: unpack,
    createDestPath: true,
  });
  // The first input is none: the copy goes into an empty file system.
  const action = FileAction.create({
    input: -1n,
    secondaryInput: 0n,
    output: 0n,
    action: { $case: "copy", value: copy },
  });
  const inputs = [{ digest: input.digest, index: 0n }];
  const value = FileOp.create({ actions: [action] });
  const op = Op.create({ inputs, op: { $case: "file", value }, constraints: {} });
  return { ...step(op, { name, caps: ["file.base"] }), input };
}

/** An encoded `pb.Definition`: every step after those it needs, then one that names the last. */
export function encodeGraph(last: GraphStep): Uint8Array {
  const steps: GraphStep[] = [];
  for (let at: GraphStep | undefined = last; at !== undefined; at = at.input) steps.unshift(at);
  const end = step(Op.create({ inputs: [{ digest: last.digest, index: 0n }] }), {
    name: "",
    caps: ["constraints", "platform"],
  });
  const metadata = new Map([...steps, end].map((each) => [each.digest, each.metadata]));
  return Definition.encode(Definition.create({ def: [...steps, end].map(({ bytes }) => bytes), metadata })).finish();
}

function step(op: Op, { name, caps }: StepDescription): GraphStep {
  const bytes = Op.encode(op).finish();
  const description = new Map(name === "" ? [] : [["llb.customname", name]]);
  return {
    bytes,
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    metadata: OpMetadata.create({ description, caps: new Map(caps.map((cap) => [cap, true])) }),
  };
}
