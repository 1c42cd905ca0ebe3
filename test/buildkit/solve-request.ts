import type { ExportSink, PreparedExport, SolveRequest } from "../../src/execute/ports.ts";
import type { Target } from "../../src/plan/plan.ts";

/** A target with nothing said but its name. */
export function targetOf(settings: Partial<Target> = {}): Target {
  const name = settings.name ?? "app";
  return {
    name,
    context: ".",
    dockerfile: "Dockerfile",
    contexts: new Map(),
    args: new Map(),
    labels: new Map(),
    tags: [],
    platforms: [],
    annotations: [],
    output: [],
    cacheFrom: [],
    cacheTo: [],
    secret: [],
    ssh: [],
    attest: [],
    policy: [],
    noCacheFilter: [],
    ulimits: [],
    entitlements: [],
    extraHosts: new Map(),
    linkedOnly: false,
    settings: {},
    definition: { name, settings: {} },
    ...settings,
  };
}

/** An export into nothing, or as the node's exporter of that name would have it. */
export function exportOf(
  exporter?: string,
  attributes: Readonly<Record<string, string>> = {},
  sink: ExportSink = { kind: "none" },
): PreparedExport {
  return {
    exporter,
    attributes: new Map(Object.entries(attributes)),
    sink,
    publish: async () => [],
    discard: async () => {},
  };
}

export interface RequestSettings {
  readonly folder: string;
  readonly target?: Partial<Target>;
  readonly export?: PreparedExport;
  /** Context name to build id. */
  readonly links?: Readonly<Record<string, string>>;
  readonly linkedTo?: boolean;
  /** The index of the target's output. */
  readonly output?: number;
}

export function requestOf(settings: RequestSettings): SolveRequest {
  const target = targetOf(settings.target);
  const links = new Map(Object.entries(settings.links ?? {}));
  const contexts = new Map([
    ...target.contexts,
    ...[...links].map(([name, id]) => [name, `target:${id.split("#")[0]}`] as const),
  ]);
  return {
    build: { id: `${target.name}#${settings.output ?? 0}`, target: target.name, links },
    target: { ...target, contexts },
    export: settings.export ?? exportOf(),
    workingFolder: settings.folder,
    linkedTo: settings.linkedTo ?? false,
  };
}
