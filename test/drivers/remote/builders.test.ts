import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addressedNodes } from "../../../src/drivers/remote/addressed-nodes.ts";
import { readBuildxBuilder } from "../../../src/drivers/remote/buildx-builder.ts";

test.each<[string, readonly (readonly [string, string])[]]>([
  [
    "tcp://east.test:1234, unix:///run/west/buildkitd.sock",
    [
      ["east.test-1234", "tcp://east.test:1234"],
      ["buildkitd", "unix:///run/west/buildkitd.sock"],
    ],
  ],
  [
    "unix:///a/b.sock,unix:///c/b.sock,unix:///a/b.sock,",
    [
      ["b", "unix:///a/b.sock"],
      ["b-2", "unix:///c/b.sock"],
    ],
  ],
  ["ssh://me@build.test", [["build.test", "ssh://me@build.test"]]],
])("the nodes of %s have names of their own", (text, nodes) => {
  expect(addressedNodes(text).map(({ name, endpoint }) => [name, endpoint])).toEqual(nodes);
});

describe("a builder of buildx", () => {
  async function reading(document: unknown, name = "farm") {
    const folder = await mkdtemp(join(tmpdir(), "tsbake-builders-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, "instances"));
    const text = typeof document === "string" ? document : JSON.stringify(document);
    await writeFile(join(folder, "instances/farm"), text);
    const environment = {
      variables: { BUILDX_CONFIG: folder },
      homeFolder: "/nonexistent",
      platform: process.platform,
    };
    return readBuildxBuilder(name, environment);
  }

  test("has its nodes with their options and platforms, in any spelling of its name", async () => {
    const document = {
      Driver: "remote",
      Nodes: [
        { Name: "a0", Endpoint: "tcp://a:1", Platforms: [{ os: "linux", architecture: "arm", variant: "v7" }] },
        { Name: "", Endpoint: "tcp://b:2", Platforms: null, DriverOpts: { cacert: "/ca.pem" } },
      ],
    };
    expect(await reading(document, "Farm")).toEqual([
      { driver: "remote", name: "a0", endpoint: "tcp://a:1", options: new Map(), platforms: ["linux/arm/v7"] },
      { driver: "remote", name: "Farm1", endpoint: "tcp://b:2", options: new Map([["cacert", "/ca.pem"]]) },
    ]);
  });

  test("that is not there is none, whatever its name is", async () => {
    expect(await reading({}, "other")).toBeUndefined();
    expect(await reading({}, "../instances/farm")).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ["of another driver", { Driver: "kubernetes", Nodes: [{}] }, "drivers/unknown-driver"],
    ["without nodes", { Driver: "remote", Nodes: [] }, "drivers/bad-builder"],
    ["that is no JSON", "{", "drivers/bad-builder"],
  ])("%s is refused by name", async (_, document, code) => {
    await expect(reading(document)).rejects.toMatchObject({ code, message: expect.stringContaining("farm") });
  });
});
