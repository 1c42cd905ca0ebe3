/** What a node cannot do of what a build asks for: known by its capabilities, and said before anything is sent. */
import { parseBoolean } from "../../base/boolean.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { refusePolicies } from "../../execute/target/policies.ts";
import type { Workers } from "../node/capabilities.ts";

export interface NodeLimitFacts {
  /** Of the gateway; empty when they are not known, and then nothing is refused for the lack of one. */
  readonly capabilities: ReadonlySet<string>;
  readonly workers: Pick<Workers, "imageStore" | "hostGatewayIp">;
  /** For people. */
  readonly node: string;
  /** The environment names a file of rules for sources. */
  readonly sourcePolicy: boolean;
  /** The environment sets SOURCE_DATE_EPOCH. */
  readonly epoch: boolean;
}

type Request = Pick<SolveRequest, "target" | "export">;

interface Ability {
  /** Completes "… cannot". */
  readonly does: string;
  /** The attribute or parameter that asks for it. */
  readonly asked: (request: Request, facts: NodeLimitFacts) => string | undefined;
  readonly able: (facts: NodeLimitFacts, request: Request) => boolean;
  readonly wayOut?: string;
}

/**
 * Returns what will be otherwise than asked for without harm, a sentence each. Throws a BuildFailure when the node would leave out
 * something that was asked for, or fail over it.
 */
export function checkNodeLimits(request: Request, facts: NodeLimitFacts): readonly string[] {
  const { name } = request.target;
  refusePolicies(request.target);
  for (const { does, asked, able, wayOut } of abilities) {
    const what = asked(request, facts);
    if (what === undefined || able(facts, request)) continue;
    const hint = wayOut ?? `remove ${what}, or use another builder: a newer BuildKit, or --builder embedded`;
    throw new BuildFailure(
      "build/node-cannot",
      `${what} of target ${JSON.stringify(name)}: ${facts.node} cannot ${does}`,
      {
        hint,
      },
    );
  }
  if (!asksForEpoch(request, facts) || keepsTimes(request, facts)) return [];
  return [
    `SOURCE_DATE_EPOCH of target ${JSON.stringify(name)}: ${facts.node} does not know it; what is written has the times of its making`,
  ];
}

/** As `checkNodeLimits` throws it. */
export function nodeProblem(request: Request, facts: NodeLimitFacts): BuildFailure | undefined {
  try {
    checkNodeLimits(request, facts);
    return undefined;
  } catch (error) {
    if (error instanceof BuildFailure) return error;
    throw error;
  }
}

const has =
  (capability: string) =>
  ({ capabilities }: NodeLimitFacts): boolean =>
    capabilities.size === 0 || capabilities.has(capability);
const isClassic = ({ workers }: NodeLimitFacts): boolean => workers.imageStore === "graphdriver";
const named = (what: string, asked: boolean): string | undefined => (asked ? what : undefined);

const abilities: readonly Ability[] = [
  {
    does: "follow rules for sources, and would use what they forbid",
    asked: (_, { sourcePolicy }) => named("the source policy", sourcePolicy),
    able: has("source.policy"),
    wayOut: "use another builder (a newer BuildKit), or unset EXPERIMENTAL_BUILDKIT_SOURCE_POLICY",
  },
  {
    does: "make attestations",
    asked: ({ target }) => named("attest", builds(target) && target.attest.some(({ disabled }) => !disabled)),
    able: (facts) => has("exporter.image.attestations")(facts) && !isClassic(facts),
  },
  {
    does: "export caches other than inline ones",
    asked: ({ target }) => named("cache-to", builds(target) && target.cacheTo.some(({ type }) => type !== "inline")),
    able: (facts) => !isClassic(facts),
    wayOut:
      "use type=inline or another builder (--builder embedded), or switch the engine to its containerd image store",
  },
  {
    does: "tell where host-gateway is",
    asked: ({ target }) =>
      named(
        "extra-hosts",
        [...target.extraHosts.values()].some((text) => /(?:^|,)\s*host-gateway\s*(?:,|$)/.test(text)),
      ),
    able: ({ workers }) => workers.hostGatewayIp !== undefined,
    wayOut: "write the address itself; newer Docker engines tell it",
  },
  {
    does: "limit what its commands use",
    asked: ({ target }) => named("ulimits", target.ulimits.length > 0),
    able: has("exec.meta.ulimit"),
  },
  {
    does: "set the size of /dev/shm",
    asked: ({ target }) => named("shm-size", Boolean(target.shmSize)),
    able: has("exec.mount.tmpfs.size"),
  },
  {
    does: "limit the memory and the processors of its commands",
    asked: ({ target }) => named("resources", target.resources !== undefined),
    able: has("exec.meta.linux.resources"),
  },
  {
    does: "read images from folders",
    asked: ({ target }) =>
      named(
        "contexts",
        [...target.contexts.values()].some((context) => context.startsWith("oci-layout://")),
      ),
    able: has("source.ocilayout"),
    wayOut: "load the image and name it as docker-image://NAME, or use a newer BuildKit or --builder embedded",
  },
  {
    does: "annotate images",
    asked: (request) => named("annotations", exportsImage(request) && hasParameter(request, /^annotation[-.[]/)),
    able: has("exporter.image.annotations"),
  },
  {
    does: "give files in an image other times",
    asked: ({ export: { attributes } }) =>
      named("rewrite-timestamp", parseBoolean(attributes.get("rewrite-timestamp") ?? "") === true),
    able: has("exporter.sourcedateepoch"),
  },
  {
    does: "choose whether platforms get a folder each",
    asked: (request) => named("platform-split", hasParameter(request, /^platform-split$/)),
    // It came after this, and has no capability of its own.
    able: has("exporter.image.attestations"),
  },
];

const imageExporters: ReadonlySet<string> = new Set(["image", "moby", "oci", "docker"]);

function exportsImage({ export: { exporter } }: Request): boolean {
  return exporter !== undefined && imageExporters.has(exporter);
}

function hasParameter({ export: { attributes } }: Request, form: RegExp): boolean {
  return [...attributes.keys()].some((key) => form.test(key));
}

function asksForEpoch({ target }: Request, { epoch }: NodeLimitFacts): boolean {
  return builds(target) && (epoch || Boolean(target.args.get("SOURCE_DATE_EPOCH")));
}

function keepsTimes(request: Request, facts: NodeLimitFacts): boolean {
  if (request.export.exporter === undefined) return true;
  return has("exporter.sourcedateepoch")(facts) && !(isClassic(facts) && exportsImage(request));
}

/** Rather than asking a question about the Dockerfile. */
function builds({ call }: Request["target"]): boolean {
  return call === undefined || call === "" || call === "build";
}
