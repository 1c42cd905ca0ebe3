/** Images that the program built without a daemon, in the hands of others' tools. */

import { copyFile, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { startRegistry } from "../engine/registry.ts";
import { run } from "../engine/run-process.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { tsbake } from "./program.ts";
import { loadArchive, removeImage, runImage } from "./run-image.ts";

const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
const canRun = process.geteuid?.() === 0;

/** With what layers can have: links of both kinds, modes, owners, deletions, long names; commands where they can be run. */
const dockerfile = [
  "FROM scratch AS base",
  "COPY busybox /bin/busybox",
  "FROM base",
  "COPY --chown=7:8 --chmod=4755 tree /data/",
  `COPY tree/a /${"long/".repeat(40)}a`,
  ...(canRun
    ? [
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
        "RUN ln /data/a /data/hard && ln -s a /data/soft && rm /data/sub/gone && mkfifo /data/pipe",
      ]
    : []),
  'CMD ["/bin/busybox", "cat", "/data/a"]',
  "",
].join("\n");

describeWithEngine("an image built without a daemon", { timeout: 120_000 }, (found) => {
  interface Project extends AsyncDisposable {
    readonly path: string;
    /** Resolves to what was said. */
    readonly build: (...args: readonly string[]) => Promise<string>;
  }

  async function project(): Promise<Project> {
    const at = await createTempFolder();
    await mkdir(join(at.path, "context/tree/sub"), { recursive: true });
    await copyFile(found.busyboxPath ?? "", join(at.path, "context/busybox"));
    await run("chmod", ["755", join(at.path, "context/busybox")]);
    await writeFile(join(at.path, "context/Dockerfile"), dockerfile);
    await writeFile(join(at.path, "context/tree/a"), `made of ${at.path}\n`);
    await writeFile(join(at.path, "context/tree/sub/gone"), "gone\n");
    return {
      path: at.path,
      build: async (...args) => {
        const { code, stderr } = await tsbake(["build", "--builder", "embedded", "--allow=fs=*", ...args], {
          cwd: join(at.path, "context"),
          env: { HOME: at.path, TSBAKE_CACHE_DIR: join(at.path, "cache") },
        });
        if (code !== 0) throw new Error(stderr);
        return stderr;
      },
      [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
    };
  }

  const said = (path: string): string => `made of ${path}\n`;

  test.each(["gzip", "zstd", "uncompressed", "estargz"])(
    "is loaded and run by a Docker engine (%s)",
    async (compression) => {
      await using at = await project();
      for (const type of ["docker", "oci"]) {
        const name = `tsbake-tools-${type}-${compression}-${process.pid}:1`;
        const archive = join(at.path, `${type}.tar`);
        await at.build("-t", name, "-o", `type=${type},dest=${archive},compression=${compression}`);
        try {
          await loadArchive(found, archive);
          expect(await runImage(found, name)).toBe(said(at.path));
        } finally {
          await removeImage(found, name);
        }
      }
    },
  );

  test("is pushed to a registry, pulled by a Docker engine, and run", async (context) => {
    if (found.registryPath === undefined) return context.skip("there is no docker-registry");
    await using at = await project();
    await using registry = await startRegistry({ registryPath: found.registryPath });
    const name = `${registry.host}/tools/app:1`;
    await at.build("-t", name, "--push");
    try {
      expect(await pull(found.socket ?? "", name)).not.toContain('"error"');
      expect(await runImage(found, name)).toBe(said(at.path));
    } finally {
      await removeImage(found, name);
    }
    if (found.skopeoPath === undefined) return;
    const { stdout } = await run(found.skopeoPath, ["inspect", "--tls-verify=false", `docker://${name}`]);
    expect(JSON.parse(stdout)).toMatchObject({ Os: "linux", Architecture: platform.slice("linux/".length) });
  });

  test("is copied by skopeo, which checks each digest, into every form it knows", async (context) => {
    const { skopeoPath } = found;
    if (skopeoPath === undefined) return context.skip("there is no skopeo");
    await using at = await project();
    const policy = join(at.path, "policy.json");
    await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
    for (const [type, transport] of [
      ["oci", "oci-archive"],
      ["docker", "docker-archive"],
    ]) {
      const archive = join(at.path, `${type}.tar`);
      await at.build("-t", "tools/app:1", "--provenance=false", "-o", `type=${type},dest=${archive}`);
      for (const target of ["dir", "oci", "docker-archive"]) {
        const to = join(at.path, `${type}-${target}`);
        await run(skopeoPath, ["--policy", policy, "copy", `${transport}:${archive}`, `${target}:${to}`]);
      }
    }
  });

  test("is unpacked by umoci to what the program itself writes into a folder", async (context) => {
    const { umociPath } = found;
    if (umociPath === undefined) return context.skip("there is no umoci");
    await using at = await project();
    const tree = join(at.path, "tree");
    const layout = join(at.path, "layout");
    await mkdir(layout);
    await at.build(
      "-t",
      "app:1",
      "--provenance=false",
      "-o",
      `type=oci,tar=false,dest=${layout}`,
      "-o",
      `type=local,dest=${tree}`,
    );
    await run(umociPath, [
      "unpack",
      ...(canRun ? [] : ["--rootless"]),
      "--image",
      `${layout}:1`,
      join(at.path, "bundle"),
    ]);
    expect(await listing(join(at.path, "bundle/rootfs"))).toEqual(await listing(tree));
  });

  test("is what a BuildKit builds on, from its layout", async () => {
    await using at = await project();
    const layout = join(at.path, "layout");
    await at.build("-t", "app:1", "-o", `type=oci,tar=false,dest=${layout}`);
    const onTop = join(at.path, "on-top");
    await mkdir(onTop);
    await writeFile(join(onTop, "Dockerfile"), "FROM below\nLABEL on=top\n");
    const bake = { target: { default: { contexts: { below: `oci-layout://${layout}:1` } } } };
    await writeFile(join(onTop, "docker-bake.json"), JSON.stringify(bake));
    const name = `tsbake-tools-layout-${process.pid}:1`;
    const built = await tsbake(["build", "--allow=fs=*", "-t", name, "--load"], {
      cwd: onTop,
      dockerHost: found.dockerHost,
      env: { HOME: at.path },
    });
    expect(built.code, built.stderr).toBe(0);
    try {
      expect(await runImage(found, name)).toBe(said(at.path));
    } finally {
      await removeImage(found, name);
    }
  });
});

/** A line an entry, with what a link leads to and what a file holds. */
async function listing(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length);
    if (entry.isSymbolicLink()) return `${name} -> ${await readlink(path)}`;
    if (!entry.isFile()) return `${name} ${entry.isFIFO() ? "pipe" : "folder"}`;
    return `${name} ${(await readFile(path)).toString("base64").slice(0, 100)}`;
  });
  return (await Promise.all(lines)).sort();
}

/** Resolves to what the engine said. */
function pull(socketPath: string, name: string): Promise<string> {
  const path = `/images/create?fromImage=${encodeURIComponent(name)}`;
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method: "POST", headers: { Host: "docker" } }, (response) => {
      text(response).then(resolve, reject);
    });
    sent.once("error", reject);
    sent.end();
  });
}
