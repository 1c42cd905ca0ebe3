/** Which builder a run uses, and its nodes. */
import { TsbakeError } from "../base/errors.ts";
import type { HostEnvironment } from "../base/host-environment.ts";
import { enumerate } from "../base/text.ts";
import { type NodeConfiguration, type NodeHooks, openNode } from "../drivers/open-node.ts";
import { addressedNodes } from "../drivers/remote/addressed-nodes.ts";
import { readBuildxBuilder } from "../drivers/remote/buildx-builder.ts";
import { thisMachine } from "../drivers/this-machine.ts";
import type { BuildNode } from "../execute/ports.ts";
import type { EngineLoad } from "../exporters/engine-load/engine.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Surroundings, workingFolderOf } from "./surroundings.ts";

export interface Builder {
  /** For people. */
  readonly name: string;
  readonly nodes: readonly BuildNode[];
  /** Where docker outputs of nodes that are no Docker engine are loaded. */
  readonly engineLoad: (context: string | undefined) => Promise<EngineLoad>;
  /** A client of the registries that images are pushed to. Whoever opens it closes it. */
  readonly openRegistry: () => Promise<RegistryClient>;
  /** Why it is this one, where that is no matter of course; one line. */
  readonly note?: string;
}

export interface OpenBuilderOptions extends Omit<NodeHooks, "workingFolder"> {
  readonly signal?: AbortSignal;
}

/** The name of the builder that needs no daemon. */
export const embeddedName = "embedded";

/**
 * An address (`unix://`, `tcp://`, …) is a remote daemon, several with commas between them are the nodes of one builder; `embedded` builds in
 * this process; another name is a remote builder of buildx, else a docker context. Without any, it is the Docker engine of the context in force
 * where that answers, else the embedded engine. Throws a TsbakeError when there is no such thing. Whoever opens it closes its nodes.
 */
export async function openBuilder(
  name: string | undefined,
  surroundings: Surroundings,
  { signal, ...options }: OpenBuilderOptions = {},
): Promise<Builder> {
  const environment = hostOf(surroundings);
  const hooks = { ...options, workingFolder: workingFolderOf(surroundings) };
  const wanted = name ?? chosenByEnvironment(environment);
  const engineLoad = engineOpener(environment);
  const openRegistry = () => openRegistryClient(environment);
  const named = await namedNodes(wanted, environment);
  if (named !== undefined) {
    const nodes = await openAll(named, environment, hooks);
    return { name: wanted ?? enumerate(nodes.map(({ description }) => description)), nodes, engineLoad, openRegistry };
  }
  const node = await openNode(configurationOf(wanted), environment, hooks);
  const reason = wanted === undefined ? await whyNoEngine(node, signal ?? new AbortController().signal) : undefined;
  if (reason === undefined) return { name: node.description, nodes: [node], engineLoad, openRegistry };
  await node.close();
  const embedded = await openNode({ name: embeddedName, driver: embeddedName }, environment, hooks);
  const note = `no Docker engine answers (${reason}): building with the embedded engine`;
  return { name: embedded.description, nodes: [embedded], engineLoad, openRegistry, note };
}

const unreachable: ReadonlySet<string> = new Set(["drivers/no-engine"]);

/** Undefined when it answers, or is there and refuses us: then that is what has to be put right. */
async function whyNoEngine(node: BuildNode, signal: AbortSignal): Promise<string | undefined> {
  try {
    await node.capabilities(signal);
    return undefined;
  } catch (error) {
    return error instanceof TsbakeError && unreachable.has(error.code) ? error.message : undefined;
  }
}

/** The nodes of a builder that has more than an address to it. */
async function namedNodes(
  wanted: string | undefined,
  environment: HostEnvironment,
): Promise<readonly NodeConfiguration[] | undefined> {
  if (wanted === undefined || wanted === embeddedName || wanted === "default") return undefined;
  if (wanted.includes("://")) return wanted.includes(",") ? addressedNodes(wanted) : undefined;
  return readBuildxBuilder(wanted, environment);
}

/** None stays open when one of them cannot be used. */
async function openAll(
  configurations: readonly NodeConfiguration[],
  environment: HostEnvironment,
  hooks: NodeHooks,
): Promise<readonly BuildNode[]> {
  const opened = await Promise.allSettled(configurations.map((each) => openNode(each, environment, hooks)));
  const nodes = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = opened.find((each) => each.status === "rejected");
  if (failed === undefined) return nodes;
  await Promise.all(nodes.map((node) => node.close()));
  throw failed.reason;
}

async function openRegistryClient(environment: HostEnvironment): Promise<RegistryClient> {
  const { openRegistry } = await import("../registry/open-registry.ts");
  return openRegistry({ environment });
}

function configurationOf(wanted: string | undefined) {
  if (wanted === embeddedName) return { name: embeddedName, driver: embeddedName };
  if (wanted?.includes("://")) return { name: "remote", driver: "remote", endpoint: wanted };
  if (wanted === undefined || wanted === "default") return { name: "default", driver: "docker" };
  return { name: wanted, driver: "docker", endpoint: wanted };
}

function chosenByEnvironment({ variables }: HostEnvironment): string | undefined {
  return variables.TSBAKE_BUILDER || variables.BUILDX_BUILDER || undefined;
}

/** One of each context for a run: what it is asked once it need not be asked again. */
function engineOpener(environment: HostEnvironment): Builder["engineLoad"] {
  const opened = new Map<string | undefined, Promise<EngineLoad>>();
  return async (context) => {
    const { openEngineLoad } = await import("../drivers/docker/engine-load.ts");
    const engine = opened.get(context) ?? openEngineLoad(environment, context === undefined ? {} : { context });
    opened.set(context, engine);
    return engine;
  };
}

function hostOf({ environment }: Surroundings): HostEnvironment {
  return environment === undefined ? thisMachine() : { ...thisMachine(), variables: environment };
}
