/** Every output of one target, built without a daemon and by a real BuildKit: the same bytes. */
import { randomUUID } from "node:crypto";
import { lstat, lutimes, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { OutputEntry } from "../../src/buildfile/attributes/entries.ts";
import { resolveDockerEndpoint } from "../../src/drivers/docker/endpoint.ts";
import { engineClient } from "../../src/drivers/docker/open.ts";
import { openEmbeddedNode } from "../../src/drivers/embedded/open.ts";
import type { Outcome } from "../../src/events/event.ts";
import type { BuildNode } from "../../src/execute/ports.ts";
import { executePlan } from "../../src/execute/run.ts";
import { systemClock } from "../../src/execute/system-clock.ts";
import { createExporters } from "../../src/exporters/create-exporters.ts";
import type { EngineLoad } from "../../src/exporters/engine-load/engine.ts";
import type { Target } from "../../src/plan/plan.ts";
import { describeWithEngine } from "../engine/context.ts";
import { output, targetNamed } from "../execute/plans.ts";
import { readMembers } from "../exporters/embedded/collect.ts";
import { inspectImage, removeImage } from "./run-image.ts";
import { afterTest, dockerNode, environmentFor, folderWith } from "./solve-setting.ts";

const epoch = "1700000000";

describeWithEngine("the embedded engine and BuildKit", { timeout: 60_000 }, (found) => {
  async function embeddedNode(): Promise<BuildNode> {
    const environment = await environmentFor(found);
    const variables = { ...environment.variables, TSBAKE_CACHE_DIR: join(environment.homeFolder, "cache") };
    const node = await openEmbeddedNode({ name: "embedded", environment: { ...environment, variables } });
    afterTest(() => node.close());
    return node;
  }

  async function engineLoad(): Promise<EngineLoad> {
    const environment = await environmentFor(found);
    const client = engineClient(await resolveDockerEndpoint(environment, {}), environment);
    return {
      takesOci: async () => (await client.info(new AbortController().signal)).containerdStore,
      load: (archive, signal) => client.loadImages(archive, signal),
    };
  }

  /** Plain files, links, modes; all older than the epoch. */
  async function context(): Promise<string> {
    const folder = await folderWith({
      Dockerfile: 'FROM scratch\nCOPY . /\nENV A=b\nLABEL z=1 a=2\nCMD ["/sub/tool"]\n',
      ".dockerignore": "Dockerfile\n.dockerignore\nout-*\n",
      "hello.txt": `hello ${randomUUID()}\n`,
    });
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "sub/tool"), "#!/bin/sh\n", { mode: 0o755 });
    await symlink("../hello.txt", join(folder, "sub/link"));
    for (const name of ["hello.txt", "sub/tool", "sub/link", "sub"]) {
      await lutimes(join(folder, name), 1_600_000_000, 1_600_000_000);
    }
    return folder;
  }

  async function build(
    node: BuildNode,
    folder: string,
    entry: OutputEntry,
    more: Partial<Target> = {},
  ): Promise<Outcome> {
    const target = targetNamed("app", {
      args: new Map([["SOURCE_DATE_EPOCH", epoch]]),
      output: [entry],
      attest: [{ type: "provenance", disabled: true, attributes: new Map() }],
      ...more,
    });
    const plan = {
      groups: new Map(),
      targets: new Map([["app", target]]),
      builds: [{ id: "app#0", target: "app", output: entry, links: new Map() }],
    };
    const result = await executePlan(plan, {
      builder: "test",
      nodes: [node],
      exporters: createExporters({
        workingFolder: folder,
        stdout: { stream: new PassThrough(), isTerminal: true },
        engineLoad: () => engineLoad(),
      }),
      clock: systemClock,
      signal: new AbortController().signal,
      emit: () => {},
      workingFolder: folder,
    });
    const outcome = result.outcomes.get("app#0");
    if (outcome?.status !== "succeeded") throw new Error(JSON.stringify(outcome));
    return outcome;
  }

  async function onBoth<T>(
    work: (node: BuildNode, folder: string, dest: string) => Promise<T>,
  ): Promise<readonly [T, T]> {
    const folder = await context();
    const ours = await work(await embeddedNode(), folder, "out-embedded");
    return [ours, await work(await dockerNode(found), folder, "out-buildkit")];
  }

  async function listing(folder: string): Promise<readonly string[]> {
    const names = (await readdir(folder, { recursive: true })).sort();
    return await Promise.all(
      names.map(async (name) => {
        const { mode, mtimeMs, size } = await lstat(join(folder, name));
        return `${mode.toString(8)} ${mode & 0o40000 ? 0 : size} ${mtimeMs} ${name}`;
      }),
    );
  }

  /** What tells one run from another is left out, and digests and sizes that depend on it. */
  function withoutRun(value: unknown): string {
    const run = new Set(
      "invocationId startedOn finishedOn buildInvocationID buildStartedOn buildFinishedOn".split(" "),
    );
    const attested = (each: unknown): boolean => /in-toto|attestation-manifest|image\.index/.test(JSON.stringify(each));
    return JSON.stringify(value, (key, each) => {
      if (run.has(key)) return undefined;
      const isDescriptor = typeof each === "object" && each !== null && "digest" in each && "mediaType" in each;
      return isDescriptor && attested(each) ? { ...each, digest: "-", size: 0 } : each;
    });
  }

  const named: Partial<Target> = { tags: ["app:1", "registry.test/app:2"], annotations: ["manifest:k=v"] };

  test.each([
    ["an OCI archive", "oci", {}, named],
    ["an OCI archive of two platforms", "oci", {}, { ...named, platforms: ["linux/amd64", "linux/arm64"] }],
    ["a Docker archive", "docker", {}, { tags: ["app:1"] }],
    ["a Docker archive of OCI media types", "docker", { "oci-mediatypes": "true" }, named],
    ["an OCI archive of Docker media types", "oci", { "oci-mediatypes": "false" }, { tags: ["app:1"] }],
  ])("write the same bytes into %s", async (_, type, attributes, more) => {
    const [ours, theirs] = await onBoth(async (node, folder, dest) => {
      await build(node, folder, output(type, { ...attributes, dest, compression: "uncompressed" }), more);
      return await readFile(join(folder, dest));
    });
    const names = async (archive: Buffer): Promise<readonly string[]> =>
      (await readMembers(archive)).map(({ name, content }) => (content.length < 4000 ? `${name} ${content}` : name));
    expect(await names(ours)).toEqual(await names(theirs));
    expect(ours.equals(theirs)).toBe(true);
  });

  test("give the same answers", async () => {
    const [ours, theirs] = await onBoth(async (node, folder, dest) => {
      const entry = output("oci", { dest, compression: "uncompressed" });
      const outcome = await build(node, folder, entry, { tags: ["app:1"] });
      return outcome.status === "succeeded" ? Object.fromEntries(outcome.response) : {};
    });
    expect(ours["containerimage.digest"]).toMatch(/^sha256:/);
    expect(theirs).toMatchObject(ours);
  });

  test.each(["v1", "v0.2"])("attest the same, in the same places (provenance %s)", async (version) => {
    const [ours, theirs] = await onBoth(async (node, folder, dest) => {
      const attributes = new Map([
        ["mode", "min"],
        ["version", version],
      ]);
      const attest = [{ type: "provenance", disabled: false, attributes }];
      const entry = output("oci", { dest, compression: "uncompressed", "oci-artifact": "true" });
      await build(node, folder, entry, { tags: ["app:1"], platforms: ["linux/amd64", "linux/arm64"], attest });
      const members = await readMembers(await readFile(join(folder, dest)));
      const documents = members.filter(({ content }) => content.length < 20_000 && content[0] === 0x7b);
      return documents.map(({ content }) => withoutRun(JSON.parse(content.toString()))).toSorted();
    });
    expect(ours).toHaveLength(12);
    expect(ours).toEqual(theirs);
  });

  test("load the same image into a Docker engine", async () => {
    const [ours, theirs] = await onBoth(async (node, folder, dest) => {
      const tag = `tsbake-e6-${dest}-${randomUUID()}:1`;
      const entry = output("docker", { compression: "uncompressed", "oci-mediatypes": "true" });
      try {
        await build(node, folder, entry, { tags: [tag] });
        return await inspectImage(found, tag);
      } finally {
        await removeImage(found, tag);
      }
    });
    expect(ours).toHaveProperty("Id", expect.stringMatching(/^sha256:/));
    for (const key of ["Id", "Config", "RootFS", "Created", "Architecture"]) {
      expect(ours).toHaveProperty(key, Reflect.get(Object(theirs), key));
    }
  });

  test.each([
    ["one platform", ["linux/amd64"]],
    ["two platforms", ["linux/amd64", "linux/arm64"]],
  ])("write the same files into a folder and an archive, for %s", async (_, platforms) => {
    const [ours, theirs] = await onBoth(async (node, folder, dest) => {
      await build(node, folder, output("local", { dest }), { platforms });
      await build(node, folder, output("tar", { dest: `${dest}.tar` }), { platforms });
      return {
        listed: await listing(join(folder, dest)),
        members: (await readMembers(await readFile(join(folder, `${dest}.tar`)))).map((each) => JSON.stringify(each)),
      };
    });
    expect(ours.listed.length).toBeGreaterThan(3);
    expect(ours).toEqual(theirs);
  });

  test("write the same layout into a folder, beside what it holds", async () => {
    const [ours, theirs] = await onBoth(async (node, folder, dest) => {
      for (const tag of ["1", "2"]) {
        const entry = output("oci", { dest, tar: "false", compression: "uncompressed" });
        await build(node, folder, entry, { tags: [`app:${tag}`], labels: new Map([["tag", tag]]) });
      }
      const names = (await readdir(join(folder, dest), { recursive: true })).sort();
      return { names, index: await readFile(join(folder, dest, "index.json"), "utf8") };
    });
    expect(ours).toEqual(theirs);
  });
});
