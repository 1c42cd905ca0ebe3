/** What a daemon can do, found by asking it. */
import type { NodeCapabilities } from "../../execute/ports.ts";
import { formatPlatform, normalisePlatform } from "../../oci/platform.ts";
import type { ListWorkersResponse } from "../gen/control.ts";
import type { PongResponse } from "../gen/gateway.ts";
import type { Platform } from "../gen/ops.ts";
import type { WorkerRecord } from "../gen/worker.ts";

export type DaemonKind = "docker-engine" | "buildkitd";

/** Only an engine whose images live in containerd gives its worker this label. */
const snapshotterLabel = "org.mobyproject.buildkit.worker.snapshotter";
const engineLabelPrefix = "org.mobyproject.buildkit.worker.moby.";
const hostGatewayLabel = `${engineLabelPrefix}host-gateway-ip`;

const exportersOf = {
  buildkitd: ["image", "oci", "docker", "local", "tar"],
  containerd: ["moby", "image", "oci", "docker", "local", "tar"],
  graphdriver: ["moby", "local", "tar"],
} as const;

/** What the daemon's workers say of themselves, in one value. */
export interface Workers extends NodeCapabilities {
  /** Where `host-gateway` points to; Docker engines only. */
  readonly hostGatewayIp: string | undefined;
  /** There is a Docker engine behind it, however it is reached. */
  readonly inEngine: boolean;
}

export function workersFrom(response: ListWorkersResponse, kind: DaemonKind): Workers {
  const containerd = response.record.some((worker) => worker.Labels.has(snapshotterLabel));
  const imageStore = kind === "buildkitd" ? "none" : containerd ? "containerd" : "graphdriver";
  return {
    platforms: platformsOf(response.record),
    preferred: platformsOf(response.record.map(withOwnPlatforms)),
    imageStore,
    exporters: new Set(exportersOf[imageStore === "none" ? "buildkitd" : imageStore]),
    hostGatewayIp: response.record.map((worker) => worker.Labels.get(hostGatewayLabel)).find((ip) => ip),
    inEngine: kind === "docker-engine" || response.record.some(isEngineWorker),
  };
}

/** A worker names its own platform first; what has another architecture is emulated. */
function withOwnPlatforms(worker: WorkerRecord): WorkerRecord {
  const [own] = worker.platforms;
  const isOwn = ({ OS, Architecture }: Platform): boolean => OS === own?.OS && Architecture === own.Architecture;
  return { ...worker, platforms: worker.platforms.filter(isOwn) };
}

function isEngineWorker(worker: WorkerRecord): boolean {
  return [...worker.Labels.keys()].some((label) => label.startsWith(engineLabelPrefix));
}

function platformsOf(workers: readonly WorkerRecord[]): readonly string[] {
  return [...new Set(workers.flatMap((worker) => worker.platforms.map(platformText)))];
}

function platformText(platform: Platform): string {
  const { OS: os, Architecture: architecture, Variant: variant } = platform;
  return formatPlatform(normalisePlatform({ os, architecture, ...(variant === "" ? {} : { variant }) }));
}

/** The enabled capabilities of the gateway and of the graph language, as one set of ids. */
export function gatewayCapabilities(pong: PongResponse): ReadonlySet<string> {
  const enabled = [...pong.FrontendAPICaps, ...pong.LLBCaps].filter((cap) => cap.Enabled);
  return new Set(enabled.map((cap) => cap.ID));
}
