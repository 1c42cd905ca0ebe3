/** Caches of the embedded engine: commands that are not run again elsewhere, and what BuildKit makes of them. */
import { chmod, copyFile, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openEmbeddedFolder } from "../embedded/solve/embedded-build.ts";
import { createBase } from "../engine/base-image.ts";
import { buildx } from "../engine/buildx.ts";
import { describeWithEngine } from "../engine/context.ts";
import { root } from "./program.ts";

describeWithEngine("a cache that the embedded engine wrote", { timeout: 60_000 }, (found) => {
  test.runIf(found.busyboxPath !== undefined)("keeps commands from being run on another machine", async () => {
    await using folder = await openEmbeddedFolder();
    await folder.write({
      Dockerfile: `FROM scratch AS tools
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "busybox head -c 16 /dev/urandom | busybox md5sum > /made"]
RUN ["/bin/busybox", "sh", "-c", "busybox cat /made /made > /twice"]
FROM scratch
COPY --from=tools /twice /
`,
      "docker-bake.hcl": `variable "FROM" { default = "" }
        target "default" {
          cache-from = FROM == "" ? [] : [FROM]
          cache-to = FROM == "" ? ["type=local,dest=cache,mode=max"] : []
          output = ["type=local,dest=out"]
        }`,
    });
    await copyFile(found.busyboxPath ?? "", join(folder.path, "busybox"));
    await chmod(join(folder.path, "busybox"), 0o755);
    expect((await folder.run()).outcomes).toEqual({ "default#0": "done" });
    const made = await readFile(join(folder.path, "out/twice"), "utf8");
    const environment = { TSBAKE_CACHE_DIR: join(folder.path, "elsewhere"), FROM: "type=local,src=cache" };
    expect((await folder.run({ environment })).outcomes).toEqual({ "default#0": "cached" });
    expect(await readFile(join(folder.path, "out/twice"), "utf8")).toBe(made);
  });

  test.runIf(found.busyboxPath !== undefined)("does not keep what a cache mount holds, which stays here", async () => {
    await using folder = await openEmbeddedFolder();
    await cp(join(root, "examples/embedded"), folder.path, { recursive: true });
    await createBase(join(folder.path, "tools"), found.busyboxPath ?? "");
    const build = (edition: string) =>
      folder.run({ targets: ["sums"], environment: { TOOLS: "tools", EDITION: edition } });
    expect(await build("first")).toMatchObject({ outcomes: { "sums#0": "done" }, output: "the site has changed\n" });
    expect(await build("second")).toMatchObject({ outcomes: { "sums#0": "done" }, output: "the site has changed\n" });
    expect(await build("first")).toMatchObject({ outcomes: { "sums#0": "cached" }, output: "" });
    expect(await readFile(join(folder.path, "out/sums/SHA256SUMS"), "utf8")).toMatch(/^[0-9a-f]{64} {2}edition.txt$/m);
  });

  test.each(["", ",image-manifest=false", ",oci-mediatypes=false", ",compression=zstd"])(
    "is read by BuildKit, which builds on without its steps (mode=max%s)",
    async (form) => {
      await using folder = await openEmbeddedFolder();
      await folder.write({
        Dockerfile: "FROM scratch AS a\nCOPY a.txt /a\nFROM a\nCOPY a.txt /b\n",
        "a.txt": "A\n",
        "docker-bake.hcl": `target "default" { cache-to = ["type=local,dest=cache,mode=max${form}"] }`,
      });
      await folder.run();
      const { buildxPath, dockerHost } = found;
      if (buildxPath === undefined) throw new Error("no buildx on this machine");
      const args = ["build", "--progress=plain", "--cache-from=type=local,src=cache", "--output=type=cacheonly", "."];
      const configFolder = join(folder.path, ".config");
      const { code, stderr } = await buildx({ buildxPath, dockerHost, configFolder, cwd: folder.path }, args);
      expect(stderr).toMatch(/importing cache manifest from local:/);
      expect(stderr).not.toMatch(/ERROR|failed|warning: local cache/i);
      expect(code).toBe(0);
    },
  );
});
