import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openEmbeddedFolder } from "./embedded-build.ts";

test("what is copied lands in an archive, and is cached the next time", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nCOPY a.txt /x/\n",
    "a.txt": "A\n",
    "docker-bake.hcl": 'target "default" { output = ["type=local,dest=out"] }',
  });
  expect((await folder.run()).outcomes).toEqual({ "default#0": "done" });
  expect(await readFile(join(folder.path, "out/x/a.txt"), "utf8")).toBe("A\n");
  expect((await folder.run()).outcomes).toEqual({ "default#0": "cached" });
  await folder.write({ "a.txt": "B\n" });
  expect((await folder.run()).outcomes).toEqual({ "default#0": "done" });
  expect(await readFile(join(folder.path, "out/x/a.txt"), "utf8")).toBe("B\n");
});

test("the outputs of a target are one solve: the first works, the others find it in the cache", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nCOPY a.txt /x/\n",
    "a.txt": "A\n",
    "docker-bake.hcl": `target "default" {
      no-cache = true
      output = ["type=oci,dest=a.tar", "type=tar,dest=b.tar", "type=cacheonly"]
    }`,
  });
  const { outcomes, events } = await folder.run();
  expect(outcomes).toEqual({ "default#0": "done", "default#1": "cached", "default#2": "cached" });
  const worked = events.filter(
    (event) => event.type === "step" && event.completed !== undefined && !event.cached && /COPY/.test(event.name),
  );
  expect(worked).toHaveLength(1);
});

test("a step common to several targets is done once", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile:
      "FROM scratch AS base\nCOPY a.txt /\nFROM base AS one\nCOPY b.txt /1\nFROM base AS two\nCOPY b.txt /2\n",
    "a.txt": "A\n",
    "b.txt": "B\n",
    "docker-bake.hcl": `group "default" { targets = ["one", "two"] }
      target "one" { target = "one" }
      target "two" { target = "two" }`,
  });
  const { outcomes, events } = await folder.run();
  expect(outcomes).toEqual({ "one#0": "done", "two#0": "done" });
  const worked = events.flatMap((event) =>
    event.type === "step" && event.completed !== undefined && !event.cached && event.name.includes("COPY a.txt")
      ? [event.digest]
      : [],
  );
  expect(new Set(worked).size).toBe(1);
});

test("targets are linked as files and as bases, an empty one included", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `group "default" { targets = ["app"] }
      target "empty" { dockerfile-inline = "FROM scratch\\nENV FROM_EMPTY=1\\n" }
      target "files" { dockerfile-inline = "FROM scratch\\nCOPY <<E /f\\nhello\\nE\\n" }
      target "app" {
        contexts = { base = "target:empty", files = "target:files" }
        dockerfile-inline = "FROM base\\nCOPY --from=files /f /g\\nENV B=$FROM_EMPTY\\n"
        output = ["type=oci,dest=app.tar,compression=uncompressed", "type=local,dest=out"]
      }`,
  });
  const { outcomes } = await folder.run();
  expect(outcomes).toMatchObject({ "app#0": "done", "app#1": "cached" });
  expect(await readFile(join(folder.path, "out/g"), "utf8")).toBe("hello\n");
  expect((await readFile(join(folder.path, "app.tar"))).toString("latin1")).toContain('"B=1"');
});

test("only what the wanted stage needs is looked at", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM no.such.registry.invalid/x AS unused\nCOPY nope /\nFROM scratch\nCOPY a.txt /\n",
    "a.txt": "A\n",
    "docker-bake.hcl": 'target "default" {}',
  });
  expect((await folder.run()).outcomes).toEqual({ "default#0": "done" });
});

test.each([
  ["FROM scratch\nCOPY nope /x\n", "build/source-not-found"],
  ["FROM scratch AS me\nCOPY --from=me /x /y\n", "build/stage-not-found"],
  ["FROM scratch\nCOPY --from=7 /x /y\n", "build/stage-not-found"],
  ["FROM scratch\nARG X=a\nCOPY --from=$X /x /y\n", "build/bad-instruction"],
  ["FROM scratch\nADD --checksum=sha256:00 a.txt /\n", "build/bad-instruction"],
  ["FROM scratch\nCOPY --chmod=999 a.txt /\n", "build/bad-instruction"],
  ['FROM scratch\nENV X="${NOPE:?must be set}"\n', "build/expansion"],
  ["FROM scratch\nSTOPSIGNAL FOO\n", "build/bad-instruction"],
  ["FROM scratch\nEXPOSE 99999\n", "build/bad-instruction"],
  ["FROM scratch\nCOPY <<.. /\nx\n..\n", "build/bad-instruction"],
  ["FROM scratch\nCOPY <<a/b /\nx\na/b\n", "build/bad-instruction"],
  ["FROM scratch\nRUN --network=host true\n", "build/not-entitled"],
  ["FROM scratch\nCOPPY a.txt /\n", "dockerfile/unknown-instruction"],
  ["# syntax=example.com/other:1\nFROM scratch\n", "build/custom-frontend"],
])("%j fails with its line: %s", async (dockerfile, code) => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: dockerfile,
    "a.txt": "A\n",
    "docker-bake.hcl": 'target "default" { output = ["type=local,dest=out"] }',
  });
  const { result } = await folder.run();
  const [outcome] = result.outcomes.values();
  expect(outcome).toMatchObject({ status: "failed", code });
  if (outcome?.status !== "failed") throw new Error("it did not fail");
  expect(outcome.excerpts.flatMap(({ lines }) => lines).some(({ marked }) => marked)).toBe(true);
  expect(await readdir(folder.path)).not.toContain("out");
});

test("what cannot be built here is said before anything starts", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `group "default" { targets = ["fine", "odd"] }
      target "fine" { dockerfile-inline = "FROM scratch\\nCOPY docker-bake.hcl /\\n" }
      target "odd" { dockerfile-inline = "# syntax=example.com/other:1\\nFROM scratch\\n" }`,
  });
  const { outcomes, events } = await folder.run();
  expect(outcomes["odd#0"]).toContain("build/custom-frontend");
  expect(outcomes["fine#0"]).toBe("cancelled");
  expect(events.some(({ type }) => type === "step")).toBe(false);
});

test("a run that is cancelled says so, and leaves nothing behind", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nCOPY . /all/\n",
    "docker-bake.hcl": 'target "default" { output = ["type=local,dest=out"] }',
  });
  const controller = new AbortController();
  const { outcomes } = await folder.run({
    signal: controller.signal,
    onEvent: ({ type }) => {
      if (type === "build-started") controller.abort(new Error("enough"));
    },
  });
  expect(outcomes).toEqual({ "default#0": "cancelled" });
  expect((await readdir(folder.path)).sort()).toEqual([".cache", "Dockerfile", "docker-bake.hcl"]);
});

test("a foreign platform needs no emulation for what is only copied", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nARG TARGETARCH\nCOPY <<E /arch\n$TARGETARCH\nE\n",
    "docker-bake.hcl": `target "default" {
      platforms = ["linux/arm64", "linux/s390x"]
      output = ["type=local,dest=out"]
    }`,
  });
  expect((await folder.run()).outcomes).toEqual({ "default#0": "done" });
  expect(await readFile(join(folder.path, "out/linux_arm64/arch"), "utf8")).toBe("arm64\n");
  expect(await readFile(join(folder.path, "out/linux_s390x/arch"), "utf8")).toBe("s390x\n");
});

test("the linter's findings come with their lines, once for all outputs", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch as base\nCOPY a.txt /\n",
    "a.txt": "A\n",
    "docker-bake.hcl": 'target "default" { output = ["type=local,dest=out", "type=tar,dest=out.tar"] }',
  });
  const { events } = await folder.run();
  const warnings = events.filter((event) => event.type === "step-warning");
  expect(warnings).toMatchObject([{ message: expect.stringContaining("FromAsCasing"), excerpt: { firstLine: 1 } }]);
});

test("a source that the ignore file leaves out is warned of, and why it is missing is said", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nCOPY secret.txt /\n",
    ".dockerignore": "*.txt\n",
    "secret.txt": "x",
    "docker-bake.hcl": 'target "default" {}',
  });
  const { outcomes, events } = await folder.run();
  expect(outcomes["default#0"]).toMatch(/secret\.txt/);
  expect(events.filter((event) => event.type === "step-warning")).toMatchObject([
    { message: expect.stringContaining("CopyIgnoredFile") },
  ]);
});

test("several mistakes in a Dockerfile are told at their lines", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nCOPYY a /\nLABEL a=b\nENV A\n",
    "docker-bake.hcl": 'target "default" {}',
  });
  const { events } = await folder.run();
  const failed = events.flatMap((event) =>
    event.type === "build-ended" && event.outcome.status === "failed" ? [event.outcome] : [],
  );
  expect(failed.map(({ hint, excerpts }) => ({ hint, notes: excerpts.map(({ note }) => note) }))).toEqual([
    {
      hint: undefined,
      notes: ['there is no instruction "COPYY" (did you mean COPY?)', 'ENV gives "A" no value (write ENV A=value)'],
    },
  ]);
});

test.each([
  ["FROM", "FROM scratch AS build\nFROM biuld\n", 2],
  ["COPY --from", "FROM scratch AS build\nFROM scratch\nCOPY --from=biuld /a /\n", 3],
])("a name in %s that is nearly a stage's is told with its line", async (_, dockerfile, line) => {
  await using folder = await openEmbeddedFolder();
  await folder.write({ Dockerfile: dockerfile, "docker-bake.hcl": 'target "default" {}' });
  const { events } = await folder.run({ environment: { HTTPS_PROXY: "http://127.0.0.1:1" } });
  const failed = events.flatMap((event) =>
    event.type === "build-ended" && event.outcome.status === "failed" ? [event.outcome] : [],
  );
  expect(failed).toMatchObject([{ hint: expect.stringMatching(/^did you mean "build"\? /) }]);
  const [excerpt] = failed.flatMap(({ excerpts }) => excerpts);
  expect(excerpt?.lines.findIndex(({ marked }) => marked)).toBe(line - (excerpt?.firstLine ?? 0));
});

test("a link is found by every spelling of the name it feeds", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `group "default" { targets = ["app"] }
      target "base" { dockerfile-inline = "FROM scratch\\nCOPY <<E /f\\nlinked\\nE\\n" }
      target "app" {
        contexts = { alpine = "target:base" }
        dockerfile-inline = "FROM docker.io/library/alpine:latest\\nCOPY --from=Alpine /f /g\\n"
        output = ["type=local,dest=out"]
      }`,
  });
  expect((await folder.run()).outcomes).toMatchObject({ "app#0": "done" });
  expect(await readFile(join(folder.path, "out/g"), "utf8")).toBe("linked\n");
});

test("a digest that is none is refused rather than left out", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: "FROM scratch\nCOPY a.txt /\nCOPY --from=layout /x /y\n",
    "a.txt": "A\n",
    "docker-bake.hcl": 'target "default" { contexts = { layout = "oci-layout://nowhere@sha256:12" } }',
  });
  expect((await folder.run()).outcomes["default#0"]).toContain("is no digest");
});
