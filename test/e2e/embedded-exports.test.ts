/** What the exporters of the embedded engine write, read by the programs it is written for. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Layer } from "../../src/engine/layer/layer.ts";
import { openLayerStore } from "../../src/engine/layer/layer-store.ts";
import { openStore } from "../../src/engine/store/open-store.ts";
import type { TreeEntry } from "../../src/engine/tree/entry.ts";
import { writeExport } from "../../src/exporters/embedded/write-export.ts";
import { describeWithEngine } from "../engine/context.ts";
import { run } from "../engine/run-process.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { collect } from "../exporters/embedded/collect.ts";
import { file, folder, link, requestOf, resultOf, StandInLayers } from "../exporters/embedded/stand-in.ts";
import { loadArchive, removeImage, runImage } from "./run-image.ts";

describeWithEngine("an image that the embedded engine wrote", { timeout: 60_000 }, (found) => {
  async function image(exporter: string, attributes: Readonly<Record<string, string>>, at: string): Promise<string> {
    const layers = new StandInLayers(at);
    const busybox = await readFile(found.busyboxPath ?? "");
    const base = await layers.add(
      folder("bin"),
      file("bin/busybox", busybox, { mode: 0o755 }),
      link("bin/sh", "busybox"),
    );
    const top = await layers.add(folder("etc"), file("etc/motd", "written without a daemon\n"));
    const received = collect();
    const config = { Env: ["PATH=/bin"], Cmd: ["/bin/busybox", "cat", "/etc/motd"], WorkingDir: "/" };
    const platforms = attributes.platforms?.split(",") ?? ["amd64"];
    await writeExport(
      requestOf(
        layers,
        platforms.map((architecture) => resultOf([base, top], { config, platform: { os: "linux", architecture } })),
        {
          exporter,
          sink: received.sink,
          attributes: new Map(Object.entries(attributes)),
        },
      ),
    );
    const path = join(at, `${exporter}.tar`);
    await writeFile(path, received.bytes());
    return path;
  }

  test.runIf(found.skopeoPath !== undefined)("is inspected and copied by skopeo", async () => {
    await using at = await createTempFolder();
    const path = await image("oci", { name: "e6/inspected:1" }, at.path);
    const { stdout } = await run(found.skopeoPath ?? "", ["inspect", `oci-archive:${path}`]);
    expect(JSON.parse(stdout)).toMatchObject({ Architecture: "amd64", Os: "linux", Env: ["PATH=/bin"] });
    const policy = join(at.path, "policy.json");
    await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
    await run(found.skopeoPath ?? "", [
      "--policy",
      policy,
      "copy",
      `oci-archive:${path}`,
      `dir:${join(at.path, "copy")}`,
    ]);
    const docker = await image("docker", { name: "e6/inspected:1" }, at.path);
    const { stdout: other } = await run(found.skopeoPath ?? "", ["inspect", `docker-archive:${docker}`]);
    expect(JSON.parse(other)).toMatchObject({ Architecture: "amd64" });
  });

  test.runIf(found.umociPath !== undefined)("is unpacked by umoci from a layout in a folder", async () => {
    await using at = await createTempFolder();
    const layout = join(at.path, "layout");
    await mkdir(layout);
    const layers = new StandInLayers(at.path);
    const base = await layers.add(folder("etc"), file("etc/motd", "unpacked\n"));
    await writeExport(
      requestOf(layers, [resultOf([base])], {
        exporter: "oci",
        sink: { kind: "folder", open: async () => layout },
        attributes: new Map([["name", "e6/unpacked:1"]]),
      }),
    );
    await run(found.umociPath ?? "", ["unpack", "--rootless", "--image", `${layout}:1`, join(at.path, "bundle")]);
    expect(await readFile(join(at.path, "bundle/rootfs/etc/motd"), "utf8")).toBe("unpacked\n");
  });

  test.each(["uncompressed", "gzip", "estargz", "zstd"])(
    "of the real layer store is run by a Docker engine, attestations and all (%s)",
    async (compression) => {
      await using at = await createTempFolder();
      const store = await openStore(join(at.path, "cache"));
      try {
        const layers = openLayerStore(store);
        const signal = AbortSignal.timeout(30_000);
        const busybox = await readFile(found.busyboxPath ?? "");
        const pack = async (...entries: readonly TreeEntry[]): Promise<Layer> =>
          (await layers.pack(entries, { signal })).layer;
        const base = await pack(folder("bin"), file("bin/busybox", busybox, { mode: 0o755 }));
        const top = await pack(folder("etc"), file("etc/motd", `as ${compression}\n`));
        const config = { Env: ["PATH=/bin"], Cmd: ["/bin/busybox", "cat", "/etc/motd"], WorkingDir: "/" };
        const received = collect();
        const name = `tsbake-e6-${compression}-${process.pid}:1`;
        const request = requestOf(layers, [resultOf([base, top], { config })], {
          exporter: "oci",
          sink: received.sink,
          store,
          attributes: new Map([
            ["name", name],
            ["compression", compression],
          ]),
        });
        const attributes = new Map([["generator", "tsbake"]]);
        const attest = ["provenance", "sbom"].map((type) => ({ type, disabled: false, attributes }));
        await writeExport({ ...request, target: { ...request.target, attest } });
        const path = join(at.path, "image.tar");
        await writeFile(path, received.bytes());
        try {
          await loadArchive(found, path);
          expect(await runImage(found, name)).toBe(`as ${compression}\n`);
        } finally {
          await removeImage(found, name);
        }
        if (found.skopeoPath === undefined) return;
        const policy = join(at.path, "policy.json");
        await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
        const copy = ["--policy", policy, "copy", "--all", `oci-archive:${path}`, `oci:${join(at.path, "copy")}`];
        await run(found.skopeoPath, copy);
      } finally {
        await store.close();
      }
    },
  );

  test.each(["oci", "docker"])("is loaded and run by a Docker engine (%s)", async (exporter) => {
    await using at = await createTempFolder();
    const name = `tsbake-e6-${exporter}-${process.pid}:1`;
    const path = await image(exporter, { name }, at.path);
    try {
      await loadArchive(found, path);
      expect(await runImage(found, name)).toBe("written without a daemon\n");
    } finally {
      await removeImage(found, name);
    }
  });

  test("of two platforms is loaded by an engine with the containerd store", async () => {
    await using at = await createTempFolder();
    const name = `tsbake-e6-two-${process.pid}:1`;
    const path = await image("oci", { name, platforms: "amd64,arm64" }, at.path);
    try {
      await loadArchive(found, path);
      expect(await runImage(found, name)).toBe("written without a daemon\n");
    } finally {
      await removeImage(found, name);
    }
  });
});
