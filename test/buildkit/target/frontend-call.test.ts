import { describe, expect, test } from "vitest";
import { type FrontendFacts, frontendCall } from "../../../src/buildkit/target/frontend-call.ts";
import type { Target } from "../../../src/plan/plan.ts";
import { targetOf } from "../solve-request.ts";

const able = new Set(["exporter.image.attestations"]);

function facts(settings: Partial<FrontendFacts> = {}): FrontendFacts {
  return {
    kind: "buildkitd",
    workers: {
      platforms: ["linux/amd64"],
      imageStore: "none",
      exporters: new Set(),
      hostGatewayIp: undefined,
      inEngine: false,
    },
    capabilities: new Set(),
    environment: {},
    proxyArguments: new Map(),
    inputAttributes: new Map(),
    frontendCaps: [],
    ...settings,
  };
}

const attributes = (target: Partial<Target>, settings: Partial<FrontendFacts> = {}) =>
  Object.fromEntries(frontendCall(targetOf(target), facts(settings)).attributes);

test("a target that says nothing asks for nothing", () => {
  expect(frontendCall(targetOf(), facts())).toEqual({
    frontend: "dockerfile.v0",
    attributes: new Map(),
    entitlements: [],
    question: false,
  });
});

test.each<[Partial<Target>, Readonly<Record<string, string>>]>([
  [
    {
      args: new Map([
        ["A", "1"],
        ["B", ""],
      ]),
    },
    { "build-arg:A": "1", "build-arg:B": "" },
  ],
  [{ labels: new Map([["a.b", "c d"]]) }, { "label:a.b": "c d" }],
  [{ stage: "build" }, { target: "build" }],
  [{ pull: true }, { "image-resolve-mode": "pull" }],
  [{ pull: false }, {}],
  [{ noCache: true, noCacheFilter: ["a"] }, { "no-cache": "" }],
  [{ noCacheFilter: ["a", "b"] }, { "no-cache": "a,b" }],
  [{ platforms: ["linux/amd64,aarch64", "linux/x86_64"] }, { platform: "linux/amd64,linux/arm64" }],
  [{ network: "none" }, { "force-network-mode": "none" }],
  [{ network: "default" }, {}],
  [
    {
      extraHosts: new Map([
        ["a", "1.1.1.1"],
        ["b", "[::1],2.2.2.2"],
      ]),
    },
    { "add-hosts": "a=1.1.1.1,b=::1,b=2.2.2.2" },
  ],
  [{ ulimits: ["nproc=3", "core=1:2"] }, { ulimit: "core=1:2,nproc=3:3" }],
  [{ shmSize: "64MiB" }, { "shm-size": "67108864" }],
  [
    { resources: { memory: "1g", "memory-swap": "-1", "cpu-shares": 2, "cpuset-cpus": "0-1" } },
    {
      memory: "1073741824",
      memswap: "-1",
      cpushares: "2",
      cpusetcpus: "0-1",
    },
  ],
])("%o is asked for as %o", (target, expected) => {
  expect(attributes(target)).toEqual(expected);
});

test("the host's network needs an entitlement", () => {
  const call = frontendCall(
    targetOf({ network: "host", entitlements: ["security.insecure", "network.host"] }),
    facts(),
  );
  expect(call.attributes.get("force-network-mode")).toBe("host");
  expect(call.entitlements).toEqual(["security.insecure", "network.host"]);
});

test("a Docker engine prefers the images it has", () => {
  expect(attributes({}, { kind: "docker-engine" })).toEqual({ "image-resolve-mode": "local" });
  expect(attributes({ pull: true }, { kind: "docker-engine" })).toEqual({ "image-resolve-mode": "pull" });
});

test("the syntax given as an argument is the frontend", () => {
  const call = frontendCall(targetOf({ args: new Map([["BUILDKIT_SYNTAX", "docker/dockerfile:1 x=y"]]) }), facts());
  expect(call.frontend).toBe("gateway.v0");
  expect(call.attributes.get("source")).toBe("docker/dockerfile:1");
  expect(call.attributes.get("cmdline")).toBe("docker/dockerfile:1 x=y");
});

test("proxies and the epoch are added where the target does not say them, in any case", () => {
  const settings = {
    environment: { SOURCE_DATE_EPOCH: "7" },
    proxyArguments: new Map([
      ["HTTP_PROXY", "http://p"],
      ["NO_PROXY", "x"],
    ]),
  };
  expect(attributes({ args: new Map([["http_proxy", "mine"]]) }, settings)).toEqual({
    "build-arg:http_proxy": "mine",
    "build-arg:NO_PROXY": "x",
    "build-arg:SOURCE_DATE_EPOCH": "7",
  });
});

describe("attestations", () => {
  test("have a default where they are possible", () => {
    expect(attributes({}, { capabilities: able })).toEqual({ "attest:provenance": "mode=min,inline-only=true" });
    expect(attributes({}, { capabilities: able, environment: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" } })).toEqual({});
  });

  test("are what the target says, written as CSV", () => {
    const attest = [
      { type: "provenance", disabled: true, attributes: new Map() },
      { type: "sbom", disabled: false, attributes: new Map([["generator", 'a,"b"']]) },
    ];
    expect(attributes({ attest }, { capabilities: able })).toEqual({ "attest:sbom": 'type=sbom,"generator=a,""b"""' });
  });

  test("cannot be had everywhere", () => {
    const attest = [{ type: "sbom", disabled: false, attributes: new Map<string, string>() }];
    expect(() => attributes({ attest })).toThrow(expect.objectContaining({ code: "build/bad-attribute" }));
  });
});

test.each<[Partial<Target>, RegExp]>([
  [{ network: "bridge" }, /no network "bridge"/],
  [{ platforms: ["linux/*"] }, /wildcard/],
  [{ ulimits: ["nofle=1"] }, /nofile/],
  [{ shmSize: "big" }, /no size/],
  [{ extraHosts: new Map([["h", "host-gateway"]]) }, /no host-gateway/],
])("%o is refused", (target, message) => {
  expect(() => attributes(target)).toThrow(
    expect.objectContaining({ name: "BuildFailure", message: expect.stringMatching(message) }),
  );
});

test("the host's gateway is what the engine says it is", () => {
  const workers = { ...facts().workers, hostGatewayIp: "10.0.0.1" };
  expect(attributes({ extraHosts: new Map([["h", "host-gateway"]]) }, { workers })).toEqual({
    "add-hosts": "h=10.0.0.1",
  });
});

test.each([
  ["check", "frontend.lint"],
  ["outline,format=json", "frontend.outline"],
  ["targets", "frontend.targets"],
  ["subrequests.describe", "frontend.subrequests.describe"],
])("call %s is a question", (call, requestid) => {
  const asked = frontendCall(targetOf({ call }), facts({ frontendCaps: ["one"], capabilities: able }));
  expect(asked.question).toBe(true);
  expect(Object.fromEntries(asked.attributes)).toEqual({
    requestid,
    "frontend.caps": "one,moby.buildkit.frontend.subrequests+forward",
  });
});
