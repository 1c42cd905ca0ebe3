/** How an image was made (SLSA provenance v1 and v0.2, in the shape BuildKit gives it). */
import { randomBytes } from "node:crypto";
import type { Material } from "../../../engine/result.ts";
import type { JsonTree } from "../../../oci/json-text.ts";
import { formatPlatform } from "../../../oci/platform.ts";
import type { Statement, Subject } from "../attestation-manifest.ts";
import type { EncodedLayer } from "../encode-layers.ts";
import type { WriteRequest } from "../request.ts";
import type { ProvenanceChoice } from "./attestation-choice.ts";

export interface ProvenanceFacts {
  readonly choice: ProvenanceChoice;
  readonly request: WriteRequest;
  readonly materials: readonly Material[];
  readonly subject: readonly Subject[];
  /** None where files are exported without an image. */
  readonly layers: readonly EncodedLayer[];
}

export function provenanceStatement(facts: ProvenanceFacts): Statement {
  const { subject, choice } = facts;
  return choice.version === "v1"
    ? { predicateType: "https://slsa.dev/provenance/v1", subject, predicate: currentPredicate(facts) }
    : { predicateType: "https://slsa.dev/provenance/v0.2", subject, predicate: olderPredicate(facts) };
}

function currentPredicate(facts: ProvenanceFacts): JsonTree {
  const { request, choice } = facts;
  const run = runOf(request);
  const materials = materialsOf(facts);
  return {
    buildDefinition: {
      buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
      externalParameters: {
        configSource: { ...sourceOf(request), path: request.target.dockerfile },
        request: parametersOf(facts),
      },
      internalParameters: { builderPlatform: formatPlatform(request.invocation.builderPlatform) },
      resolvedDependencies: materials.length === 0 ? undefined : materials,
    },
    runDetails: {
      builder: { id: choice.builderId },
      metadata: {
        invocationId: run?.id,
        startedOn: run?.startedOn,
        finishedOn: run?.finishedOn,
        buildkit_metadata: detailsOf(facts),
        buildkit_completeness: {
          request: choice.mode === "max",
          resolvedDependencies: isRemote(request.target.context),
        },
        buildkit_reproducible: choice.reproducible ? true : undefined,
      },
    },
  };
}

function olderPredicate(facts: ProvenanceFacts): JsonTree {
  const { request, choice } = facts;
  const run = runOf(request);
  const materials = materialsOf(facts);
  return {
    builder: { id: choice.builderId },
    buildType: "https://mobyproject.org/buildkit@v1",
    materials: materials.length === 0 ? undefined : materials,
    invocation: {
      configSource: { ...sourceOf(request), entryPoint: request.target.dockerfile },
      parameters: parametersOf(facts),
      environment: { platform: formatPlatform(request.invocation.builderPlatform) },
    },
    metadata: {
      buildInvocationID: run?.id,
      buildStartedOn: run?.startedOn,
      buildFinishedOn: run?.finishedOn,
      completeness: {
        parameters: choice.mode === "max",
        environment: true,
        materials: isRemote(request.target.context),
      },
      reproducible: choice.reproducible,
      "https://mobyproject.org/buildkit@v1#metadata": detailsOf(facts),
    },
  };
}

interface Run {
  readonly id: string;
  readonly startedOn: string;
  readonly finishedOn: string;
}

/** With an epoch the same build has to make the same bytes, so nothing is said that tells one run from another. */
function runOf({ epochSeconds, invocation }: WriteRequest): Run | undefined {
  if (epochSeconds !== undefined) return undefined;
  return {
    id: randomBytes(16).toString("hex"),
    startedOn: new Date(invocation.startedMs).toISOString(),
    finishedOn: new Date(invocation.finishedMs).toISOString(),
  };
}

/** Where the Dockerfile and the context are from, when that is another machine. Credentials of addresses stay here. */
function sourceOf({ target }: WriteRequest): { readonly uri?: string } {
  return isRemote(target.context) ? { uri: withoutCredentials(target.context) } : {};
}

function parametersOf({ request, choice }: ProvenanceFacts): JsonTree {
  const { target } = request;
  const isMax = choice.mode === "max";
  const args = new Map<string, string>([
    ...[...target.args].map(([name, value]) => [`build-arg:${name}`, value] as const),
    ...[...target.labels].map(([name, value]) => [`label:${name}`, value] as const),
    ...(target.stage === undefined ? [] : [["target", target.stage] as const]),
  ]);
  const locals = isRemote(target.context) ? [] : ["context", "dockerfile"];
  for (const [name, place] of target.contexts) if (!/^[a-z][a-z0-9+.-]+:/.test(place)) locals.push(`context:${name}`);
  return {
    frontend: "dockerfile.v0",
    args: isMax && args.size > 0 ? args : undefined,
    secrets: isMax && target.secret.length > 0 ? target.secret.map(({ id }) => ({ id, optional: true })) : undefined,
    ssh: isMax && target.ssh.length > 0 ? target.ssh.map(({ id }) => ({ id, optional: true })) : undefined,
    locals: locals.length === 0 ? undefined : locals.map((name) => ({ name })),
  };
}

function materialsOf({ materials }: ProvenanceFacts): readonly JsonTree[] {
  const byUri = new Map(materials.map((material) => [material.uri, material]));
  return [...byUri.values()].map(({ uri, digest }) => ({
    uri: withoutCredentials(uri),
    digest: new Map(Object.entries(digest)),
  }));
}

/** In full mode the Dockerfile itself, and which blobs hold what it made. */
function detailsOf({ choice, request, layers }: ProvenanceFacts): JsonTree {
  if (choice.mode === "min") return {};
  const { dockerfile } = request.invocation;
  const source =
    dockerfile === undefined
      ? undefined
      : {
          infos: [
            {
              filename: dockerfile.name,
              language: "Dockerfile",
              data: Buffer.from(dockerfile.text).toString("base64"),
            },
          ],
        };
  const blobs = layers.map(({ descriptor: { mediaType, digest, size } }) => ({ mediaType, digest, size }));
  return { source, layers: blobs.length === 0 ? undefined : new Map([["result:0", [blobs]]]) };
}

function isRemote(place: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^git@|^github\.com\//.test(place);
}

function withoutCredentials(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/, (_, scheme: string) =>
    scheme === "ssh://" ? "ssh://git@" : scheme,
  );
}
