/** Opens a node by the name of its driver. */
import { TsbakeError } from "../base/errors.ts";
import type { HostEnvironment } from "../base/host-environment.ts";
import { didYouMean } from "../base/suggest.ts";
import type { ProvenanceDetail } from "../buildkit/solve/recorded-provenance.ts";
import type { BuildNode } from "../execute/ports.ts";

/** A node as a builder's configuration describes it. */
export interface NodeConfiguration {
  readonly name: string;
  readonly driver: string;
  /** An address or, for the docker driver, the name of a docker context; absent for the one in force. */
  readonly endpoint?: string;
  readonly options?: ReadonlyMap<string, string>;
  /** Those it is there for, normalised, whatever else it says it can do. */
  readonly platforms?: readonly string[];
}

/** What a node asks of the program it runs in. */
export interface NodeHooks {
  /** Called before anything starts when commands would run in this process, which may not run them. */
  readonly beforeCommands?: () => Promise<void>;
  /** Adds to the answer of each build how it came about, where a daemon records it. */
  readonly provenance?: ProvenanceDetail;
  /** Absolute. Relative paths in the environment start from it. Default: the working folder of the process. */
  readonly workingFolder?: string;
}

type Opener = (configuration: NodeConfiguration, environment: HostEnvironment, hooks: NodeHooks) => Promise<BuildNode>;

/** Each driver is loaded when it is first needed. */
const drivers: ReadonlyMap<string, Opener> = new Map<string, Opener>([
  [
    "docker",
    async ({ name, endpoint }, environment, { provenance }) => {
      const { openDockerNode } = await import("./docker/open.ts");
      const choice =
        endpoint === undefined ? {} : endpoint.includes("://") ? { host: endpoint } : { context: endpoint };
      return openDockerNode({ name, environment, ...choice, ...(provenance === undefined ? {} : { provenance }) });
    },
  ],
  [
    "embedded",
    async ({ name }, environment, { beforeCommands, workingFolder }) => {
      const { openEmbeddedNode } = await import("./embedded/open.ts");
      return openEmbeddedNode({
        name,
        environment,
        ...(beforeCommands === undefined ? {} : { beforeCommands }),
        ...(workingFolder === undefined ? {} : { workingFolder }),
      });
    },
  ],
  [
    "remote",
    async ({ name, endpoint, options, platforms }, environment, { provenance }) => {
      const { openRemoteNode } = await import("./remote/open.ts");
      if (endpoint === undefined) {
        throw new TsbakeError("drivers/bad-address", `the remote builder ${JSON.stringify(name)} has no endpoint`, {
          hint: "a remote endpoint is unix:///path/buildkitd.sock, tcp://host:1234 or ssh://user@host",
        });
      }
      return openRemoteNode({
        name,
        endpoint,
        environment,
        ...(options === undefined ? {} : { options }),
        ...(platforms === undefined ? {} : { platforms }),
        ...(provenance === undefined ? {} : { provenance }),
      });
    },
  ],
]);

/** Rejects with a TsbakeError for an unknown driver or a configuration its driver cannot use. The node is not reached for yet. */
export async function openNode(
  configuration: NodeConfiguration,
  environment: HostEnvironment,
  hooks: NodeHooks = {},
): Promise<BuildNode> {
  const open = drivers.get(configuration.driver);
  if (open !== undefined) return open(configuration, environment, hooks);
  const names = [...drivers.keys()];
  throw new TsbakeError("drivers/unknown-driver", `there is no driver ${JSON.stringify(configuration.driver)}`, {
    hint: didYouMean(configuration.driver, names) ?? `drivers: ${names.join(", ")}`,
  });
}
