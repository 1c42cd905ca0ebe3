/** Everything that is said to the daemon about one build, decided before the first byte is sent. */
import { basename } from "node:path";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import type { SolveRequest } from "../../execute/ports.ts";
import { type CheckedInputs, checkInputs } from "../../execute/target/check-inputs.ts";
import { sourcePolicyVariable } from "../../execute/target/source-policy.ts";
import { readStandardInput, withStandardInput } from "../../execute/target/standard-input.ts";
import { type LocalFolder, standardContext, targetInputs } from "../../execute/target/target-inputs.ts";
import type { Target } from "../../plan/plan.ts";
import type { Policy } from "../gen/source-policy.ts";
import type { DaemonKind, Workers } from "../node/capabilities.ts";
import { encodeGraph } from "../remote/graph.ts";
import { folderGraph } from "../remote/tree-graph.ts";
import { uploadAddress } from "../session/upload.ts";
import { randomIdentifier } from "../solve/identifier.ts";
import { cacheSurroundings } from "./cache-credentials.ts";
import { type CacheCall, cacheCall, cacheImportsAttribute } from "./cache-options.ts";
import { frontendCall } from "./frontend-call.ts";
import { gitInfo, type KnownRepositories } from "./git-info.ts";
import { type LocalStores, openLocalStores } from "./local-stores.ts";
import { checkNodeLimits, type NodeLimitFacts } from "./node-limits.ts";
import { loadSourcePolicy } from "./source-policy.ts";

export interface SolvePlan {
  readonly frontend: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly entitlements: readonly string[];
  /** Nothing is built: the frontend answers a question about the Dockerfile. */
  readonly question: boolean;
  readonly caches: CacheCall;
  readonly sourcePolicy: Policy | undefined;
  /** Folders in OCI layout that the session offers as stores. */
  readonly localStores: LocalStores;
  /** Definitions the frontend may read, by name; those of links come later. */
  readonly inputs: ReadonlyMap<string, Uint8Array>;
  /** To be served; an inline Dockerfile is not among them. */
  readonly folders: readonly LocalFolder[];
  readonly inlineDockerfile: string | undefined;
  /** The archive that the context is in when it comes by standard input. */
  readonly upload: { readonly id: string; readonly file: string } | undefined;
  /** Tells the daemon which of its copies of a context this one resembles. */
  readonly sharedKey: string;
  readonly filename: string;
  readonly dockerfileLabel: string;
  /**
   * An error that quotes the Dockerfile may be too large for a header, and an engine sends it all the same: it sends what it likes
   * whatever it was told, and stalls the connection.
   */
  readonly stallingErrors: boolean;
}

export interface PlanningFacts {
  readonly kind: DaemonKind;
  readonly workers: Workers;
  readonly capabilities: ReadonlySet<string>;
  readonly host: HostEnvironment;
  readonly proxyArguments: ReadonlyMap<string, string>;
  readonly nodeId: string;
  /** What people call the node. */
  readonly node: string;
  readonly repositories: KnownRepositories;
}

/** How to get what the target only names. */
export interface PlanningPorts {
  readonly signal: AbortSignal;
  /** The text behind an address. Rejects with a BuildFailure. */
  readonly readDockerfile: (address: string) => Promise<string>;
  /** The build repeats one that has succeeded on this daemon. */
  readonly repeatsDone: boolean;
}

/** An error holds the Dockerfile once for each place that is to blame, and a header takes 64 KiB of it after two encodings. */
const smallDockerfileBytes = 8 << 10;

/** Rejects with a BuildFailure when the target cannot be built as it is described. */
export async function planSolve(request: SolveRequest, facts: PlanningFacts, ports: PlanningPorts): Promise<SolvePlan> {
  const { build, workingFolder } = request;
  const limits = checkNodeLimits(request, nodeLimitFacts(facts));
  const written = build.repeats === undefined ? request.target : exportedAgain(request.target, ports);
  const target = await withStandardInput(written, ports.signal);
  const inputs = await checkInputs(target, targetInputs(target, build.links, workingFolder));
  const { dockerfileAddress } = inputs;
  const inlineDockerfile =
    dockerfileAddress === undefined ? inputs.inlineDockerfile : await ports.readDockerfile(dockerfileAddress);
  const upload = await uploadOf(target, ports.signal);
  const environment = facts.host.variables;
  const { folders, dockerfilePath } = inputs;
  const repository = gitInfo({ folders, dockerfilePath, environment, known: facts.repositories });
  const call = frontendCall(target, {
    kind: facts.kind,
    workers: facts.workers,
    capabilities: facts.capabilities,
    environment,
    proxyArguments: facts.proxyArguments,
    inputAttributes: inputs.attributes,
    frontendCaps: inputs.frontendCaps,
  });
  const exportable = facts.workers.imageStore !== "graphdriver";
  const localStores = await openLocalStores(target, workingFolder);
  const { cacheFrom, cacheTo } = localStores;
  const surroundings = await cacheSurroundings([...cacheFrom, ...cacheTo], facts.host);
  const caches = cacheCall(
    { ...target, cacheFrom, cacheTo },
    { capabilities: facts.capabilities, environment: surroundings.environment, exportable },
  );
  return {
    ...call,
    attributes: new Map([
      ...call.attributes,
      ...(request.part === true ? [["multi-platform", "true"] as const] : []),
      ...(upload === undefined ? [] : [["context", uploadAddress(upload.id)] as const]),
      ...(await repository),
      ...localStores.attributes,
      ...cacheImportsAttribute(caches.options),
      ...inputs.folders.flatMap((folder) => namedSharedKey(folder, facts.nodeId)),
    ]),
    sourcePolicy: await loadSourcePolicy(facts.host, workingFolder),
    caches: { ...caches, warnings: [...limits, ...localStores.warnings, ...surroundings.warnings, ...caches.warnings] },
    localStores,
    inputs: graphsOf(target, inputs.treeInputs),
    folders:
      inlineDockerfile === undefined ? inputs.folders : inputs.folders.filter((each) => each.name !== "dockerfile"),
    inlineDockerfile,
    upload,
    sharedKey: sharedKeyOf(
      inputs.folders.find((folder) => folder.name === "context"),
      facts.nodeId,
    ),
    filename: inputs.attributes.get("filename") ?? "Dockerfile",
    dockerfileLabel: target === written ? inputs.dockerfileLabel : "<stdin>",
    stallingErrors: facts.workers.inEngine && bytesOf(inlineDockerfile, inputs) > smallDockerfileBytes,
  };
}

export function nodeLimitFacts({ capabilities, workers, node, host }: PlanningFacts): NodeLimitFacts {
  const sourcePolicy = variable(host, sourcePolicyVariable) !== undefined;
  return { capabilities, workers, node, sourcePolicy, epoch: Boolean(host.variables.SOURCE_DATE_EPOCH) };
}

async function uploadOf({ context }: Target, signal: AbortSignal): Promise<SolvePlan["upload"]> {
  if (context !== standardContext) return undefined;
  const input = await readStandardInput(signal);
  return input.kind === "archive" ? { id: randomIdentifier(), file: input.file } : undefined;
}

function bytesOf(inlineDockerfile: string | undefined, { dockerfileBytes }: CheckedInputs): number {
  if (inlineDockerfile !== undefined) return Buffer.byteLength(inlineDockerfile);
  return dockerfileBytes ?? Number.POSITIVE_INFINITY;
}

/**
 * A repeated export must have the result of the build that did the work and writes the caches. Beside that one it asks for the very same
 * steps; later, with `no-cache`, it would run everything anew, to another result. On another daemon that is how it is, for without
 * it an old result might be in the cache there. An inline cache is a part of each image.
 */
export function exportedAgain(target: Target, { repeatsDone }: Pick<PlanningPorts, "repeatsDone">): Target {
  const cacheTo = target.cacheTo.filter(({ type }) => type === "inline");
  if (!repeatsDone) return { ...target, cacheTo };
  const { noCache: _, ...cached } = target;
  return { ...cached, noCacheFilter: [], cacheTo };
}

function graphsOf({ remote }: Target, paths: ReadonlyMap<string, string>): ReadonlyMap<string, Uint8Array> {
  if (remote === undefined) return new Map();
  return new Map([...paths].map(([name, path]) => [name, encodeGraph(folderGraph(remote.tree, path))]));
}

/** The same as buildx says, so that a daemon that knows the context from there is sent the differences only. */
export function sharedKeyOf(folder: LocalFolder | undefined, nodeId: string): string {
  return folder === undefined ? "" : `${basename(folder.path)}:${nodeId}`;
}

function namedSharedKey(folder: LocalFolder, nodeId: string): readonly (readonly [string, string])[] {
  if (folder.name === "context" || folder.name === "dockerfile") return [];
  return [[`sharedkey:localdir:${folder.name}`, sharedKeyOf(folder, nodeId)]];
}
