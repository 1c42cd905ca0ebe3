/** What is made ready for every build before the first one starts, so that an unusable destination is known at once. */
import pLimit from "p-limit";
import { TsbakeError } from "../base/errors.ts";
import { enumerate } from "../base/text.ts";
import type { BuildDescription, FailedOutcome } from "../events/event.ts";
import type { Build, BuildId, Plan } from "../plan/plan.ts";
import { outcomeOfError } from "./outcome.ts";
import type { Place } from "./place.ts";
import type { ExporterPort, PreparedExport, SolveRequest } from "./ports.ts";

export interface Preparation {
  /** What each placed build asks of its node on its first attempt. */
  readonly requests: ReadonlyMap<BuildId, SolveRequest>;
  /** The builds whose destination is unusable. */
  readonly failures: ReadonlyMap<BuildId, FailedOutcome>;
}

export interface PrepareOptions {
  readonly plan: Plan;
  readonly places: ReadonlyMap<BuildId, Place>;
  readonly exporters: ExporterPort;
  readonly workingFolder: string;
  /** Once it is aborted, the rest is left out. */
  readonly signal: AbortSignal;
}

/** An export that is none. */
export const noExport: PreparedExport = {
  exporter: undefined,
  attributes: new Map(),
  sink: { kind: "none" },
  publish: async () => [],
  discard: async () => {},
};

const exportsAtOnce = 16;

/** Throws only bugs; nothing stays staged then. */
export async function prepareExports(options: PrepareOptions): Promise<Preparation> {
  const { plan, places, exporters, workingFolder, signal } = options;
  const linkedTo = new Set(plan.builds.flatMap(({ links, repeats }) => [...links.values(), repeats]));
  const requests = new Map<BuildId, SolveRequest>();
  const failures = new Map<BuildId, FailedOutcome>();
  const prepare = async (build: Build): Promise<void> => {
    const place = places.get(build.id);
    const target = plan.targets.get(build.target);
    if (place === undefined || signal.aborted) return;
    if (target === undefined) throw new Error(`the plan has a build of the unknown target ${build.target}`);
    const request = { build, target, workingFolder, linkedTo: linkedTo.has(build.id) };
    try {
      requests.set(build.id, { ...request, export: await exporters.prepare(build, target, place.capabilities) });
    } catch (error) {
      if (!(error instanceof TsbakeError)) throw error;
      failures.set(build.id, outcomeOfError(error, 0));
    }
  };
  const limit = pLimit(exportsAtOnce);
  const results = await Promise.allSettled(plan.builds.map((build) => limit(prepare, build)));
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    await discardExports({ requests, failures });
    throw result.reason;
  }
  return { requests, failures };
}

/** Never throws. Exports that were published stay. */
export async function discardExports({ requests }: Preparation): Promise<void> {
  const limit = pLimit(exportsAtOnce);
  await limit.map(requests.values(), (request) => request.export.discard());
}

/** All builds of the plan, for those who show the run. */
export function describeBuilds(plan: Plan, { requests }: Preparation): readonly BuildDescription[] {
  return plan.builds.map(({ id, target, output }) => {
    const prepared = requests.get(id)?.export;
    const destination = prepared?.destination ?? output?.attributes.get("dest");
    return {
      id,
      target,
      exporter: output?.type ?? (prepared?.exporter === "moby" ? "image" : (prepared?.exporter ?? "none")),
      ...(destination === undefined ? {} : { destination }),
    };
  });
}

/** What people should know of the exports as a whole. */
export function warningsOf(plan: Plan, { requests }: Preparation): readonly string[] {
  const lost = plan.builds.filter((build) => {
    const request = requests.get(build.id);
    return build.output === undefined && request !== undefined && isBuiltForNothing(request);
  });
  if (lost.length === 0) return [];
  const names = enumerate([...new Set(lost.map((build) => build.target))]);
  return [
    `no output is given for ${names}: the result stays in the build cache; use --push, --load or --output to keep it`,
  ];
}

function isBuiltForNothing({ target, export: prepared }: SolveRequest): boolean {
  const called = target.call !== undefined && target.call !== "build";
  return !target.linkedOnly && !called && prepared.exporter === undefined;
}
