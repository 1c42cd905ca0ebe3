/** What a build was asked for, in the words BuildKit's frontend is asked in: that is how provenance tells it, whoever has built. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import { frontendCall } from "../../buildkit/target/frontend-call.ts";
import { gitInfo } from "../../buildkit/target/git-info.ts";
import { withoutCredentials } from "../../engine/provenance/build-sources.ts";
import type { SolveRequest } from "../../execute/ports.ts";
import { type TargetInputs, targetInputs } from "../../execute/target/target-inputs.ts";

type Asked = Pick<SolveRequest, "build" | "target" | "workingFolder">;

/** Linked contexts are inputs. A context beside a build file that was read from elsewhere is named by the address of that. */
export function requestParameters(request: Asked, { variables }: HostEnvironment): ReadonlyMap<string, string> {
  const { build, target } = request;
  const inputs = inputsOf(request);
  const elsewhere = target.remote?.context === undefined ? undefined : target.remote.tree.address;
  const { attributes } = frontendCall(target, {
    kind: "buildkitd",
    workers: {
      platforms: [],
      imageStore: "none",
      exporters: new Set(),
      hostGatewayIp: "host-gateway",
      inEngine: false,
    },
    capabilities: new Set(["exporter.image.attestations"]),
    environment: variables,
    proxyArguments: new Map(),
    inputAttributes: new Map([
      ...inputs.attributes,
      ...(elsewhere === undefined ? [] : [["context", elsewhere] as const]),
      ...[...build.links.keys()].map((name) => [`context:${name}`, `input:${name}`] as const),
    ]),
    frontendCaps: inputs.frontendCaps,
  });
  return attributes;
}

/** Of the repository that the context lies in: `source`, `revision`, `localdir:context`. Empty where it is in none. */
export async function repositoryOf(
  request: Asked,
  { variables }: HostEnvironment,
): Promise<ReadonlyMap<string, string>> {
  const { folders, dockerfilePath } = inputsOf(request);
  const found = await gitInfo({ folders, dockerfilePath, environment: variables, known: new Map() });
  return new Map(
    found.flatMap(([name, value]) =>
      name.startsWith("vcs:") ? [[name.slice("vcs:".length), withoutCredentials(value)]] : [],
    ),
  );
}

function inputsOf({ build, target, workingFolder }: Asked): TargetInputs {
  return targetInputs(target, build.links, workingFolder);
}
