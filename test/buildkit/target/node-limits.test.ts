import { expect, test } from "vitest";
import { checkNodeLimits, type NodeLimitFacts } from "../../../src/buildkit/target/node-limits.ts";
import type { PreparedExport } from "../../../src/execute/ports.ts";
import type { Target } from "../../../src/plan/plan.ts";
import { exportOf, targetOf } from "../solve-request.ts";

const everything = [
  "exec.meta.ulimit",
  "exec.mount.tmpfs.size",
  "exec.meta.linux.resources",
  "exporter.image.annotations",
  "exporter.image.attestations",
  "exporter.sourcedateepoch",
  "source.ocilayout",
  "source.policy",
];

function facts(settings: Partial<NodeLimitFacts> = {}): NodeLimitFacts {
  return {
    capabilities: new Set(["exec.meta.base"]),
    workers: { imageStore: "none", hostGatewayIp: undefined },
    node: "docker (unix:///d.sock)",
    sourcePolicy: false,
    epoch: false,
    ...settings,
  };
}

const able = facts({
  capabilities: new Set(everything),
  workers: { imageStore: "containerd", hostGatewayIp: "10.0.0.1" },
  sourcePolicy: true,
});

interface Asked {
  readonly what: string;
  readonly target?: Partial<Target>;
  readonly export?: PreparedExport;
  readonly facts?: Partial<NodeLimitFacts>;
}

const attest = [{ type: "sbom", disabled: false, attributes: new Map<string, string>() }] as const;
const cacheTo = [{ type: "local", attributes: new Map([["dest", "c"]]) }];

const rows: readonly Asked[] = [
  { what: "ulimits", target: { ulimits: ["nofile=1"] } },
  { what: "shm-size", target: { shmSize: "1m" } },
  { what: "resources", target: { resources: { memory: "1g" } } },
  { what: "attest", target: { attest } },
  { what: "extra-hosts", target: { extraHosts: new Map([["a", "1.2.3.4,host-gateway"]]) } },
  { what: "contexts", target: { contexts: new Map([["a", "oci-layout://x"]]) } },
  { what: "annotations", export: exportOf("image", { "annotation.a": "b" }) },
  { what: "rewrite-timestamp", export: exportOf("oci", { "rewrite-timestamp": "true" }) },
  { what: "platform-split", export: exportOf("local", { "platform-split": "false" }) },
  { what: "the source policy", facts: { sourcePolicy: true } },
  {
    what: "cache-to",
    target: { cacheTo },
    facts: { workers: { imageStore: "graphdriver", hostGatewayIp: undefined } },
  },
];

test.each(rows)(
  "$what is refused with the node's name and a way out where it is not known, and passes where it is",
  (row) => {
    const request = { target: targetOf(row.target), export: row.export ?? exportOf() };
    const refusal = expect.objectContaining({
      code: "build/node-cannot",
      message: expect.stringMatching(`^${row.what} of target "app": docker \\(unix:///d\\.sock\\) cannot `),
      hint: expect.stringMatching(/--builder embedded|the address itself|a newer BuildKit/),
    });
    expect(() => checkNodeLimits(request, facts(row.facts))).toThrow(refusal);
    expect(checkNodeLimits(request, able)).toEqual([]);
  },
);

test("a daemon that tells nothing of itself is asked for everything but attestations", () => {
  const target = targetOf({ ulimits: ["nofile=1"], shmSize: "1m" });
  expect(checkNodeLimits({ target, export: exportOf() }, facts({ capabilities: new Set() }))).toEqual([]);
});

test("a question about a Dockerfile asks for no attestations and no cache", () => {
  const target = targetOf({ call: "outline", attest, cacheTo });
  const workers = { imageStore: "graphdriver", hostGatewayIp: undefined } as const;
  expect(checkNodeLimits({ target, export: exportOf() }, facts({ workers }))).toEqual([]);
});

test.each([
  ["an image of an old daemon", "image", facts({ epoch: true }), 1],
  ["files of an old daemon", "local", facts({ epoch: true }), 1],
  ["nothing that is kept", undefined, facts({ epoch: true }), 0],
  ["a newer daemon", "image", { ...able, epoch: true }, 0],
] as const)("SOURCE_DATE_EPOCH warns for %s: %s", (_, exporter, known, count) => {
  const warnings = checkNodeLimits({ target: targetOf(), export: exportOf(exporter) }, known);
  expect(warnings).toHaveLength(count);
});

test("a policy that nobody would hold the build to is refused on every daemon, one that is switched off is not", () => {
  const policy = { filenames: ["p.rego"], reset: false, disabled: false };
  const under = (settings: object) => ({
    target: targetOf({ policy: [{ ...policy, ...settings }] }),
    export: exportOf(),
  });
  expect(() => checkNodeLimits(under({}), able)).toThrow(expect.objectContaining({ code: "build/policy-unsupported" }));
  expect(checkNodeLimits(under({ disabled: true }), able)).toEqual([]);
});
