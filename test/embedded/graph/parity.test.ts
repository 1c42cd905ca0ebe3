import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { graphOf } from "../../../src/engine/graph/stage-graph.ts";
import type { BuildContext } from "../../../src/engine/graph/step.ts";
import { emptyTree } from "../../../src/engine/tree/tree.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";

/** A probe with what BuildKit made of it. */
interface Probe {
  readonly name: string;
  readonly dockerfile: string;
  readonly platform?: string;
  readonly opts?: Readonly<Record<string, string>>;
  readonly named?: Readonly<Record<string, unknown>>;
  readonly expected: {
    readonly error?: string;
    readonly index?: unknown;
    readonly config: Readonly<Record<string, unknown>> & { readonly config: unknown };
    readonly history: readonly (readonly [string, boolean])[];
  };
}

const probes: readonly Probe[] = JSON.parse(readFileSync(new URL("../../parity/cases.json", import.meta.url), "utf8"));
const built = probes.filter(({ expected }) => expected.error === undefined && expected.index === undefined);
const host = { os: "linux", architecture: "amd64" };
const context: BuildContext = {
  kind: "context",
  id: "sha256:context",
  name: "the context",
  origin: { kind: "folder", name: "context" },
  open: async () => ({ tree: emptyTree, excluded: () => false }),
};

test.each(built)("$name has the configuration and history that BuildKit gives it", async (probe) => {
  const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text: probe.dockerfile });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const options = Object.entries(probe.opts ?? {});
  const starting = (prefix: string) =>
    new Map(options.flatMap(([key, text]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), text]] : [])));
  const platform = parsePlatform(probe.platform ?? "linux/amd64", host);
  if (!platform.ok) throw new Error(platform.message);
  const state = await graphOf({
    dockerfile: value,
    ...(probe.opts?.target === undefined ? {} : { stage: probe.opts.target }),
    platform: platform.value,
    buildPlatform: host,
    buildArguments: new Map([["SOURCE_DATE_EPOCH", "1700000000"], ...starting("build-arg:")]),
    labels: starting("label:"),
    epochSeconds: 1_700_000_000,
    ignoreCache: new Set(),
    pull: false,
    run: { network: "default", extraHosts: [], ulimits: [], entitlements: new Set() },
    grants: { secret: () => undefined, agent: () => undefined, repository: () => undefined },
    signal: new AbortController().signal,
    context,
    named: async (name) => (probe.named?.[name] === undefined ? undefined : { kind: "files", context }),
    resolveImage: () => Promise.reject(new Error("no probe starts from an image")),
  });
  expect(state.config).toEqual(probe.expected.config.config);
  expect(state.history.map((line) => [line.created_by, line.empty_layer === true])).toEqual(probe.expected.history);
});
