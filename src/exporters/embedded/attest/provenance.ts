/** How an image was made (SLSA provenance v1 and v0.2, in the shape BuildKit gives it). */
import { randomBytes } from "node:crypto";
import { isGitAddress } from "../../../buildfile/git-address.ts";
import { type BuildSources, repositoryUri, withoutCredentials } from "../../../engine/provenance/build-sources.ts";
import type { JsonTree } from "../../../oci/json-text.ts";
import { formatPlatform } from "../../../oci/platform.ts";
import type { Statement, Subject } from "../attestation-manifest.ts";
import type { EncodedLayer } from "../encode-layers.ts";
import type { WriteRequest } from "../request.ts";
import type { ProvenanceChoice } from "./attestation-choice.ts";

export interface ProvenanceFacts {
  readonly choice: ProvenanceChoice;
  readonly request: Pick<WriteRequest, "invocation" | "epochSeconds">;
  readonly sources: BuildSources;
  readonly subject: readonly Subject[];
  /** None where files are exported without an image. */
  readonly layers: readonly EncodedLayer[];
}

export async function provenanceStatement(facts: ProvenanceFacts): Promise<Statement> {
  const { subject, choice, request } = facts;
  const repository = (await request.invocation.repository?.()) ?? new Map<string, string>();
  const parts = partsOf(facts, repository);
  return choice.version === "v1"
    ? { predicateType: "https://slsa.dev/provenance/v1", subject, predicate: currentPredicate(parts) }
    : { predicateType: "https://slsa.dev/provenance/v0.2", subject, predicate: olderPredicate(parts) };
}

/** What both versions say, each in its own words. */
interface Parts {
  readonly builderId: string;
  readonly platform: string;
  readonly source: { readonly uri?: string; readonly digest?: ReadonlyMap<string, string>; readonly path?: string };
  readonly parameters: JsonTree;
  /** Undefined for none. */
  readonly materials: readonly JsonTree[] | undefined;
  readonly run: Run | undefined;
  readonly details: JsonTree;
  /** Whether nothing that was asked for is left out. */
  readonly tellsAll: boolean;
  /** Whether all that went in is named. */
  readonly namesAll: boolean;
  readonly hermetic: true | undefined;
  readonly reproducible: boolean;
}

function partsOf(facts: ProvenanceFacts, repository: ReadonlyMap<string, string>): Parts {
  const { choice, request, sources } = facts;
  const { parameters, builderPlatform } = request.invocation;
  const namesAll = sources.locals.length === 0;
  return {
    builderId: choice.builderId,
    platform: formatPlatform(builderPlatform),
    source: configSource(parameters, sources),
    parameters: requestOf(facts),
    materials: sources.materials.length === 0 ? undefined : sources.materials.map(materialTree),
    run: runOf(request),
    details: detailsOf(facts, repository),
    tellsAll: choice.mode === "max" || ![...parameters.keys()].some(isOwnText),
    namesAll,
    hermetic: namesAll && !sources.network ? true : undefined,
    reproducible: choice.reproducible,
  };
}

function currentPredicate(parts: Parts): JsonTree {
  const { source, parameters, platform, materials, builderId, run, details } = parts;
  return {
    buildDefinition: {
      buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
      resolvedDependencies: materials,
      externalParameters: { configSource: source, request: parameters },
      internalParameters: { builderPlatform: platform },
    },
    runDetails: {
      builder: { id: builderId },
      metadata: {
        invocationId: run?.id,
        startedOn: run?.startedOn,
        finishedOn: run?.finishedOn,
        buildkit_metadata: details,
        buildkit_hermetic: parts.hermetic,
        buildkit_completeness: { request: parts.tellsAll, resolvedDependencies: parts.namesAll },
        buildkit_reproducible: parts.reproducible ? true : undefined,
      },
    },
  };
}

function olderPredicate(parts: Parts): JsonTree {
  const { source, parameters, platform, materials, builderId, run, details } = parts;
  const { path, ...place } = source;
  return {
    builder: { id: builderId },
    buildType: "https://mobyproject.org/buildkit@v1",
    materials,
    invocation: { configSource: { ...place, entryPoint: path }, parameters, environment: { platform } },
    metadata: {
      buildInvocationID: run?.id,
      buildStartedOn: run?.startedOn,
      buildFinishedOn: run?.finishedOn,
      completeness: { parameters: parts.tellsAll, environment: true, materials: parts.namesAll },
      reproducible: parts.reproducible,
      "https://mobyproject.org/buildkit@v1#metadata": details,
      "https://mobyproject.org/buildkit@v1#hermetic": parts.hermetic,
    },
  };
}

interface Run {
  readonly id: string;
  readonly startedOn: string;
  readonly finishedOn: string;
}

/** With an epoch the same build has to make the same bytes, so nothing is said that tells one run from another. */
function runOf({ epochSeconds, invocation }: ProvenanceFacts["request"]): Run | undefined {
  if (epochSeconds !== undefined) return undefined;
  return {
    id: randomBytes(16).toString("hex"),
    startedOn: new Date(invocation.startedMs).toISOString(),
    finishedOn: new Date(invocation.finishedMs).toISOString(),
  };
}

/** Where the Dockerfile is from, when the context is on another machine, and what it is called. */
function configSource(parameters: ReadonlyMap<string, string>, { materials }: BuildSources): Parts["source"] {
  const context = parameters.get("context");
  const path = parameters.get("filename");
  const named = path === undefined || path === "" ? {} : { path };
  if (context === undefined) return named;
  const isGit = isGitAddress(context);
  const whole = isGit ? repositoryUri(context, { withFolder: false }) : withoutCredentials(context);
  const found = materials.find(({ kind, uri }) => kind !== "image" && uri === whole);
  return {
    uri: isGit ? repositoryUri(context, { withFolder: true }) : whole,
    ...(found === undefined ? {} : { digest: new Map(Object.entries(found.digest)) }),
    ...named,
  };
}

/** What belongs to this machine or is told elsewhere. */
const untold: ReadonlySet<string> = new Set([
  "cache-imports",
  "cgroup-parent",
  "context",
  "filename",
  "image-resolve-mode",
  "platform",
]);

/** What people give their builds in words of their own: left out where little is told. */
function isOwnText(name: string): boolean {
  return name.startsWith("build-arg:") || name.startsWith("label:");
}

function requestOf({ request, choice, sources }: ProvenanceFacts): JsonTree {
  const isMax = choice.mode === "max";
  const told = [...request.invocation.parameters].filter(
    ([name]) => !untold.has(name) && !name.startsWith("attest:") && (isMax || !isOwnText(name)),
  );
  const args = new Map(told.map(([name, value]) => [name, publicValue(name, value)]));
  const { secrets, agents, locals } = sources;
  return {
    frontend: "dockerfile.v0",
    args: args.size === 0 ? undefined : args,
    secrets: isMax ? accessTree(secrets) : undefined,
    ssh: isMax ? accessTree(agents) : undefined,
    locals: locals.length === 0 ? undefined : locals.map((name) => ({ name })),
  };
}

/** Without credentials; of a layout not where it is on this machine. */
function publicValue(name: string, value: string): string {
  const [, context] = /^context:(.*)$/s.exec(name) ?? [];
  if (context !== undefined && value.startsWith("oci-layout://")) {
    const [version = ""] = /(?::[\w][\w.-]*)?(?:@[^/]*)?$/.exec(value) ?? [];
    return `oci-layout://${context}${version}`;
  }
  return context !== undefined || /^build-arg:.*_proxy$/i.test(name) ? withoutCredentials(value) : value;
}

function accessTree(all: BuildSources["secrets"]): JsonTree {
  return all.length === 0 ? undefined : all.map(({ id, optional }) => ({ id, optional: optional ? true : undefined }));
}

function materialTree({ uri, digest }: BuildSources["materials"][number]): JsonTree {
  return { uri, digest: new Map(Object.entries(digest)) };
}

/** The repository that the context lies in; in full mode also the Dockerfiles themselves, and which blobs hold what they made. */
function detailsOf({ choice, sources, layers }: ProvenanceFacts, repository: ReadonlyMap<string, string>): JsonTree {
  const vcs = repository.size === 0 ? undefined : repository;
  if (choice.mode === "min") return { vcs };
  const infos = sources.dockerfiles.map(({ name, text }) => ({
    filename: name,
    language: "Dockerfile",
    data: Buffer.from(text).toString("base64"),
  }));
  const blobs = layers.map(({ descriptor: { mediaType, digest, size } }) => ({ mediaType, digest, size }));
  return {
    vcs,
    source: infos.length === 0 ? undefined : { infos },
    layers: blobs.length === 0 ? undefined : new Map([["result:0", [blobs]]]),
  };
}
