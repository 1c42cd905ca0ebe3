import { lstat, mkdir, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Layer } from "../../../../src/engine/layer/layer.ts";
import { writeExport } from "../../../../src/exporters/embedded/write-export.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { collect, readMembers } from "../collect.ts";
import { file, folder, hardLink, link, requestOf, resultOf, StandInLayers, whiteout } from "../stand-in.ts";

async function twoLayers(layers: StandInLayers): Promise<readonly Layer[]> {
  const lower = await layers.add(
    folder("bin", { mode: 0o700 }),
    file("bin/tool", "lower", { mode: 0o4755 }),
    hardLink("bin/tool-2", "bin/tool"),
    file("gone", "x"),
    folder("locked", { mode: 0o555, seconds: 1_500_000_000 }),
    file("locked/inside", "in", { mode: 0o000 }),
  );
  const upper = await layers.add(whiteout("gone"), file("new", "n"), link("sym", "/etc/passwd"));
  return [lower, upper];
}

interface Setting {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly epochSeconds?: number;
  readonly layers?: (layers: StandInLayers, platform: string) => Promise<readonly Layer[]>;
}

async function results(setting: Setting): Promise<Parameters<typeof requestOf>> {
  const layers = new StandInLayers(await temporaryFolder());
  const { attributes = {}, platforms = ["amd64"], epochSeconds } = setting;
  const built = [];
  for (const architecture of platforms) {
    const own = await (setting.layers ?? twoLayers)(layers, architecture);
    built.push(resultOf(own, { platform: { os: "linux", architecture } }));
  }
  const more = {
    exporter: "local",
    sink: { kind: "none" } as const,
    attributes: new Map(Object.entries(attributes)),
    ...(epochSeconds === undefined ? {} : { epochSeconds }),
  };
  return [layers, built, more];
}

async function local(setting: Setting = {}): Promise<{ readonly path: string; readonly warnings: readonly string[] }> {
  const path = join(await temporaryFolder(), "content");
  const warnings: string[] = [];
  const [layers, built, more] = await results(setting);
  await writeExport(
    requestOf(layers, built, {
      ...more,
      sink: { kind: "folder", open: async () => mkdir(path).then(() => path) },
      onWarning: (message, detail) => warnings.push(message, ...detail),
    }),
  );
  return { path, warnings };
}

async function tar(setting: Setting = {}): ReturnType<typeof readMembers> {
  const received = collect();
  const [layers, built, more] = await results(setting);
  await writeExport(requestOf(layers, built, { ...more, exporter: "tar", sink: received.sink }));
  return await readMembers(received.bytes());
}

describe("a local export", () => {
  test("has what all layers together show, with modes, times and links", async () => {
    const { path } = await local();
    expect((await readdir(path, { recursive: true })).sort()).toEqual([
      "bin",
      "bin/tool",
      "bin/tool-2",
      "locked",
      "locked/inside",
      "new",
      "sym",
    ]);
    const looks = async (name: string): Promise<string> => {
      const { mode, mtimeMs } = await lstat(join(path, name));
      return `${(mode & 0o7777).toString(8)} ${mtimeMs / 1000}`;
    };
    expect(await looks("bin")).toBe("700 1600000000");
    expect(await looks("bin/tool")).toBe("4755 1600000000");
    expect(await looks("locked")).toBe("555 1500000000");
    expect(await looks("locked/inside")).toBe("0 1600000000");
    expect(await readlink(join(path, "sym"))).toBe("/etc/passwd");
    expect((await lstat(join(path, "sym"))).mtimeMs).toBe(1_600_000_000_000);
    const [one, other] = await Promise.all([stat(join(path, "bin/tool")), stat(join(path, "bin/tool-2"))]);
    expect(one.ino).toBe(other.ino);
    expect(one.uid).toBe(process.getuid?.());
  });

  test("has one time everywhere when there is an epoch", async () => {
    const { path } = await local({ epochSeconds: 1_234_567_890, platforms: ["amd64", "arm64"] });
    const names = await readdir(path, { recursive: true });
    const times = await Promise.all(names.map(async (name) => (await lstat(join(path, name))).mtimeMs));
    expect(new Set(times)).toEqual(new Set([1_234_567_890_000]));
    expect(names).toContain("linux_arm64/bin/tool");
  });

  test("of several platforms in one folder joins folders and refuses two files at one path", async () => {
    const own = async (layers: StandInLayers, name: string): Promise<readonly Layer[]> => [
      await layers.add(folder("bin"), file(`bin/tool-${name}`, name)),
    ];
    const platforms = ["amd64", "arm64"];
    const attributes = { "platform-split": "false" };
    const { path } = await local({ platforms, attributes, layers: own });
    expect((await readdir(join(path, "bin"))).sort()).toEqual(["tool-amd64", "tool-arm64"]);
    await expect(local({ platforms, attributes })).rejects.toMatchObject({
      code: "exporters/platforms-collide",
      message: 'linux_amd64 and linux_arm64 both have "bin/tool"',
    });
  });

  test("of one platform is split when asked for", async () => {
    const { path } = await local({ attributes: { "platform-split": "true" } });
    expect(await readdir(path)).toEqual(["linux_amd64"]);
  });

  test("of nothing is an empty folder", async () => {
    const { path } = await local({ layers: async () => [] });
    expect(await readdir(path)).toEqual([]);
  });

  test("makes pipes, and devices only as root: what cannot be made is told of", async () => {
    const special = async (layers: StandInLayers): Promise<readonly Layer[]> => {
      const looks = { mode: 0o640, uid: 0, gid: 0, seconds: 5, nanoseconds: 0 };
      const layer = await layers.add(
        { ...looks, type: "fifo", path: "pipe", major: 0, minor: 0 },
        { ...looks, type: "character", path: "zero", major: 1, minor: 5 },
      );
      return [layer];
    };
    const { path, warnings } = await local({ layers: special });
    expect((await lstat(join(path, "pipe"))).isFIFO()).toBe(true);
    const made = await lstat(join(path, "zero")).catch(() => undefined);
    if (made === undefined) expect(warnings).toHaveLength(2);
    else expect([made.isCharacterDevice(), made.mode & 0o7777]).toEqual([true, 0o640]);
  });

  test.each([
    ["a link in place of a folder", [link("etc", "/tmp"), file("etc/passwd", "x")], ["etc"]],
    ["a name that leads out", [file("../out", "x")], []],
    ["a hidden name that leads out", [folder("a"), folder("a/.."), file("a/../../out", "x")], ["a"]],
  ])("never leaves its folder: %s", async (_, entries, expected) => {
    const outside = await temporaryFolder();
    const path = join(outside, "content");
    await mkdir(path);
    const layers = new StandInLayers(await temporaryFolder());
    const layer = await layers.add(...entries);
    const request = requestOf(layers, [resultOf([layer])], {
      exporter: "local",
      sink: { kind: "folder", open: async () => path },
    });
    await writeExport(request).catch((error: unknown) => expect(error).toMatchObject({ code: "exporters/bad-entry" }));
    expect(await readdir(outside)).toEqual(["content"]);
    for (const name of await readdir(path)) expect(expected).toContain(name);
  });
});

describe("a tar export", () => {
  test("has the same files, their owners too", async () => {
    const members = await tar({
      layers: async (layers) => [
        await layers.add(folder("bin"), file("bin/tool", "x", { uid: 12, gid: 13 }), hardLink("bin/z", "bin/tool")),
      ],
    });
    expect(members.map(({ name, type, uid, gid, linkname }) => [name, type, uid, gid, linkname])).toEqual([
      ["bin/", "directory", 0, 0, undefined],
      ["bin/tool", "file", 12, 13, undefined],
      ["bin/z", "link", 12, 13, "bin/tool"],
    ]);
  });

  test("of several platforms has a folder for each, whatever is said", async () => {
    const members = await tar({ platforms: ["arm64", "amd64"], attributes: { "platform-split": "false" } });
    const names = members.map(({ name }) => name);
    expect(names.filter((name) => /^[^/]+\/$/.test(name))).toEqual(["linux_amd64/", "linux_arm64/"]);
    expect(members.find(({ name }) => name === "linux_arm64/bin/tool-2")?.linkname).toBe("linux_arm64/bin/tool");
  });

  test("has one time everywhere when there is an epoch", async () => {
    const members = await tar({ epochSeconds: 1_234_567_890 });
    expect(new Set(members.map(({ mtime }) => mtime))).toEqual(new Set([1_234_567_890]));
  });
});
