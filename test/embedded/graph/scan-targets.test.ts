import { expect, test } from "vitest";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { graphOf } from "../../../src/engine/graph/stage-graph.ts";
import { emptyTree } from "../../../src/engine/tree/tree.ts";

const platform = { os: "linux", architecture: "amd64" };

async function built(text: string, buildArguments: Readonly<Record<string, string>> = {}) {
  const { value: dockerfile } = parseDockerfile({ name: "Dockerfile", text });
  return graphOf({
    dockerfile,
    platform,
    buildPlatform: platform,
    buildArguments: new Map(Object.entries(buildArguments)),
    labels: new Map(),
    ignoreCache: new Set(),
    pull: false,
    run: { network: "default", extraHosts: [], ulimits: [], entitlements: new Set() },
    grants: { secret: () => undefined, agent: () => undefined, repository: () => undefined },
    signal: new AbortController().signal,
    context: {
      kind: "context",
      id: "sha256:context",
      name: "the context",
      origin: { kind: "folder", name: "context" },
      open: async () => ({ tree: emptyTree, excluded: () => false }),
    },
    named: async () => undefined,
    resolveImage: () => Promise.reject(new Error("there are no images")),
  });
}

const stages = (...declarations: readonly string[]): string =>
  [
    ...declarations,
    "FROM scratch AS one",
    "COPY a /",
    "FROM scratch",
    "ARG BUILDKIT_SBOM_SCAN_STAGE",
    "COPY --from=one / /",
    "FROM scratch AS unused",
    "COPY a /",
    "FROM scratch AS end",
    "COPY --from=1 / /",
    "",
  ].join("\n");

/** Held against BuildKit's frontend, where both arguments come from. */
test.each([
  ["nothing by default", stages(), {}, []],
  ["nothing that is given but not declared", stages(), { BUILDKIT_SBOM_SCAN_CONTEXT: "true" }, []],
  ["what a stage declares and is given", stages(), { BUILDKIT_SBOM_SCAN_STAGE: "1" }, ["stage-1"]],
  ["all stages that are built", stages("ARG BUILDKIT_SBOM_SCAN_STAGE=true"), {}, ["one", "stage-1"]],
  ["stages by name", stages("ARG BUILDKIT_SBOM_SCAN_STAGE=x,one,unused"), {}, ["one"]],
  ["the context, for the last stage", stages("ARG BUILDKIT_SBOM_SCAN_CONTEXT=end"), {}, ["context"]],
  ["not the context for another stage", stages("ARG BUILDKIT_SBOM_SCAN_CONTEXT=one"), {}, []],
  ["what was switched off", stages("ARG BUILDKIT_SBOM_SCAN_STAGE=true"), { BUILDKIT_SBOM_SCAN_STAGE: "false" }, []],
])("a scanner is shown besides the result: %s", async (_, text, given, names) => {
  expect([...(await built(text, given)).scanned.keys()].sort()).toEqual(names);
});

test("commands do not see what steers scanners", async () => {
  const { top } = await built(
    'FROM scratch\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nARG A=$BUILDKIT_SBOM_SCAN_STAGE\nRUN ["x"]\n',
  );
  const variables = top?.kind === "run" ? top.environment.filter((each) => !each.startsWith("PATH=")) : undefined;
  expect(variables).toEqual(["A="]);
});
