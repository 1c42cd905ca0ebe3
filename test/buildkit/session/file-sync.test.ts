import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { HealthCheckRequest, HealthCheckResponse } from "../../../src/buildkit/gen/health.ts";
import { Packet, Packet_PacketType } from "../../../src/buildkit/gen/packet.ts";
import { fileSyncService, type LocalFolder } from "../../../src/buildkit/session/file-sync.ts";
import { temporaryFolder } from "../rpc/sockets.ts";
import { ask, converse, fileSync, type OpenedSession, withSession } from "./fake-daemon.ts";
import { fetchFolder } from "./fake-receiver.ts";

/** A folder with files; a value that is undefined makes a folder. */
function folderOf(files: Readonly<Record<string, string | undefined>>): string {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, content === undefined ? path : dirname(path)), { recursive: true });
    if (content !== undefined) writeFileSync(join(root, path), content);
  }
  return root;
}

function serving(path: string, more: Partial<LocalFolder> = {}): Promise<OpenedSession> {
  return withSession(fileSyncService([{ name: "context", path, ...more }]));
}

/** Descriptors of this process that are open on something in the folder. */
function openIn(root: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return execFileSync("readlink", [`/proc/${process.pid}/fd/${fd}`], { encoding: "utf8" }).startsWith(root);
    } catch {
      return false;
    }
  }).length;
}

test("a folder is listed with folders before what is in them and names in the order of their bytes", async () => {
  const root = folderOf({
    b: "",
    "a/z": "",
    "a-b": "",
    "a.c": "",
    "a/é": "",
    "a/\u{1f600}": "",
    "a/\uffee": "",
    Z: "",
    leer: undefined,
  });
  const { client } = await serving(root);
  const { paths } = await fetchFolder(client);
  expect(paths).toEqual(["Z", "a", "a/z", "a/é", "a/\uffee", "a/\u{1f600}", "a-b", "a.c", "b", "leer"]);
});

test("contents arrive whole, whatever their size", async () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 262_144, 1_000_003];
  const root = folderOf(Object.fromEntries(sizes.map((size) => [`f${size}`, "x".repeat(size)])));
  const progress: [number, boolean][] = [];
  const { client } = await serving(root, { progress: (bytes, done) => progress.push([bytes, done]) });
  const { contents } = await fetchFolder(client);
  const received = new Map([...contents].map(([path, data]) => [path, data.length]));
  expect(received).toEqual(new Map(sizes.map((size) => [`f${size}`, size])));
  for (const data of contents.values()) expect(data.every((byte) => byte === 0x78)).toBe(true);
  expect(progress.at(-1)).toEqual([sizes.reduce((a, b) => a + b), true]);
});

test("a text on no disk is fetched like the one file of a folder, and is another one each time it is served", async () => {
  const text = "FROM scratch\n".repeat(50_000);
  const serve = () => withSession(fileSyncService([], [{ name: "dockerfile", file: { name: "Dockerfile", text } }]));
  const follow = ["Dockerfile", "Dockerfile.dockerignore", "dockerfile"];
  const first = await fetchFolder((await serve()).client, { name: "dockerfile", follow });
  expect(first.paths).toEqual(["Dockerfile"]);
  expect(first.contents.get("Dockerfile")?.toString()).toBe(text);
  const { client } = await serve();
  const second = await fetchFolder(client, { name: "dockerfile", follow, wants: () => false });
  expect(second.contents.size).toBe(0);
  expect(second.stats[0]?.modTime).not.toBe(first.stats[0]?.modTime);
  expect((await fetchFolder(client, { name: "dockerfile", follow: [".dockerignore"] })).paths).toEqual([]);
});

test("headers tell type, permissions, size, nanoseconds and link targets, and no owner", async () => {
  const root = folderOf({ "d/run.sh": "echo" });
  chmodSync(join(root, "d"), 0o2755);
  chmodSync(join(root, "d/run.sh"), 0o4750);
  execFileSync("touch", ["-d", "2001-02-03 04:05:06.123456789 UTC", join(root, "d/run.sh")]);
  symlinkSync("d/run.sh", join(root, "link"));
  lutimesSync(join(root, "link"), 1, 1);
  execFileSync("mkfifo", ["-m", "644", join(root, "pipe")]);
  const { client } = await serving(root);
  const { stats } = await fetchFolder(client);
  const told = Object.fromEntries(stats.map((stat) => [stat.path, stat]));
  expect(told.d).toMatchObject({ mode: 0o755 + 2 ** 31 + 2 ** 22, size: 0n, uid: 0, gid: 0 });
  expect(told["d/run.sh"]).toMatchObject({ mode: 0o750 + 2 ** 23, size: 4n, modTime: 981173106123456789n });
  expect(told.link).toMatchObject({ mode: 0o777 + 2 ** 27, linkname: "d/run.sh", modTime: 1_000_000_000n });
  expect(told.pipe).toMatchObject({ mode: 0o644 + 2 ** 25, size: 0n });
});

test("a hard link names the first path that is sent and keeps its size", async () => {
  const root = folderOf({ "a/one": "1234" });
  for (const name of ["two", "three"]) linkSync(join(root, "a/one"), join(root, name));
  const { client } = await serving(root);
  const linkOf = async (exclude: readonly string[]): Promise<unknown> => {
    const { stats } = await fetchFolder(client, { exclude });
    return stats.filter(({ size }) => size > 0n).map(({ path, linkname, size }) => [path, linkname, size]);
  };
  const all = [
    ["a/one", "", 4n],
    ["three", "a/one", 4n],
    ["two", "a/one", 4n],
  ];
  expect(await linkOf([])).toEqual(all);
  // The second time as the first.
  expect(await linkOf([])).toEqual(all);
  expect(await linkOf(["a"])).toEqual([
    ["three", "", 4n],
    ["two", "three", 4n],
  ]);
});

test("sockets are left out", async () => {
  const root = folderOf({ a: "" });
  const server = createServer().listen(join(root, "socket"));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { client } = await serving(root);
  expect((await fetchFolder(client)).paths).toEqual(["a"]);
});

describe("filters", () => {
  const tree = {
    "a, c.txt": "",
    a: "",
    "c.txt": "",
    "src/main.ts": "",
    "src/lib/x.ts": "",
    "src/lib/x.js": "",
    "node_modules/p/index.js": "",
    "node_modules/p/keep.txt": "",
    "docs/ü.md": "",
  };
  test.each<[string, Parameters<typeof fetchFolder>[1], readonly string[]]>([
    ["a name with a comma is one name", { follow: ["a, c.txt"] }, ["a, c.txt"]],
    ["what is copied, with the folders it is in", { follow: ["src/lib/x.ts"] }, ["src", "src/lib", "src/lib/x.ts"]],
    ["a folder brings all that is in it", { follow: ["src/lib"] }, ["src", "src/lib", "src/lib/x.js", "src/lib/x.ts"]],
    ["the root brings everything", { follow: ["."], exclude: ["*", "!c.txt"] }, ["c.txt"]],
    [
      "an excluded folder with an exception",
      { follow: ["node_modules"], exclude: ["node_modules", "!**/keep.txt"] },
      ["node_modules", "node_modules/p", "node_modules/p/keep.txt"],
    ],
    ["a wildcard among what is copied", { follow: ["src/lib/*.ts"] }, ["src", "src/lib", "src/lib/x.ts"]],
    ["what is not there is not sent", { follow: ["none", "c.txt"] }, ["c.txt"]],
    ["includes and excludes together", { include: ["src"], exclude: ["**/*.ts"] }, ["src", "src/lib", "src/lib/x.js"]],
    ["escaped values", { follow: ["docs%2F%C3%BC.md"], extra: [["followpaths-encoded", "1"]] }, ["docs", "docs/ü.md"]],
    ["escaped spaces", { follow: ["a%2C+c.txt"], extra: [["followpaths-encoded", "1"]] }, ["a, c.txt"]],
    ["what leads out of the root", { follow: ["../../../c.txt"] }, ["c.txt"]],
  ])("%s", async (_, options, expected) => {
    const { client } = await serving(folderOf(tree));
    expect((await fetchFolder(client, options)).paths).toEqual(expected);
  });

  test("four thousand patterns", async () => {
    const { client } = await serving(folderOf(tree));
    const exclude = [
      ...Array.from({ length: 4000 }, (_, i) => `**/no-${i}, or-${i}`),
      "src",
      "node_modules",
      "docs",
      "a",
    ];
    expect((await fetchFolder(client, { exclude })).paths).toEqual(["a, c.txt", "c.txt"]);
  });

  test("a pattern that is none is told", async () => {
    const { client } = await serving(folderOf(tree));
    await expect(fetchFolder(client, { exclude: ["a[b"] })).rejects.toMatchObject({
      code: 3,
      packet: expect.stringContaining("a[b has a [ without its ]"),
    });
  });

  test("links on the way to what is copied are followed inside the root", async () => {
    const root = folderOf({ "real/deep/file": "", "real/other": "", top: "" });
    symlinkSync("real", join(root, "one"));
    symlinkSync("/real/deep", join(root, "two"));
    symlinkSync("../../../../../../top", join(root, "out"));
    symlinkSync("loop-b", join(root, "loop-a"));
    symlinkSync("loop-a", join(root, "loop-b"));
    symlinkSync("self/x", join(root, "self"));
    const { client } = await serving(root);
    const paths = async (...follow: string[]): Promise<readonly string[]> =>
      (await fetchFolder(client, { follow })).paths;
    expect(await paths("one/deep/file")).toEqual(["one", "real", "real/deep", "real/deep/file"]);
    expect(await paths("two/file")).toEqual(["real", "real/deep", "real/deep/file", "two"]);
    expect(await paths("o*")).toEqual(["one", "out", "real", "real/deep", "real/deep/file", "real/other", "top"]);
    expect(await paths("loop-a")).toEqual(["loop-a", "loop-b"]);
    expect(await paths("self/y")).toEqual(["self"]);
  });
});

describe("what cannot be sent", () => {
  test("a folder nobody offered", async () => {
    const { client } = await serving(temporaryFolder());
    await expect(fetchFolder(client, { name: "/etc" })).rejects.toMatchObject({
      code: 5,
      message: /no access allowed/,
    });
  });

  test("a folder that is gone", async () => {
    const root = temporaryFolder();
    const { client } = await serving(join(root, "gone"));
    await expect(fetchFolder(client)).rejects.toMatchObject({
      code: 5,
      message: `the folder ${root}/gone does not exist`,
    });
  });

  test("a name that is not UTF-8, unless it is excluded", async () => {
    const root = folderOf({ ok: "" });
    writeFileSync(Buffer.concat([Buffer.from(`${root}/b`), Buffer.from([0xff]), Buffer.from(".bin")]), "");
    const { client } = await serving(root);
    await expect(fetchFolder(client)).rejects.toMatchObject({ packet: expect.stringMatching(/not valid UTF-8/) });
    expect((await fetchFolder(client, { exclude: ["*.bin"] })).paths).toEqual(["ok"]);
  });

  test("a folder and a file that are closed to us", async () => {
    const root = folderOf({ "closed/x": "", file: "x", large: "x".repeat(100_000) });
    chmodSync(root, 0o755);
    chmodSync(join(root, "closed"), 0);
    onTestFinished(() => chmodSync(join(root, "closed"), 0o755));
    const { client } = await serving(root);
    expect((await fetchFolder(client, { exclude: ["closed"] })).contents.size).toBe(2);
    // To root nothing is closed.
    if (process.geteuid?.() === 0) {
      process.seteuid?.("nobody");
      onTestFinished(() => process.seteuid?.(0));
    }
    await expect(fetchFolder(client)).rejects.toMatchObject({ packet: expect.stringContaining("closed") });
    for (const name of ["file", "large"]) {
      process.seteuid?.(process.getuid?.() ?? 0);
      chmodSync(join(root, name), 0);
      if (process.getuid?.() === 0) process.seteuid?.("nobody");
      await expect(fetchFolder(client, { include: [name] })).rejects.toMatchObject({
        packet: expect.stringMatching(new RegExp(`${root}/${name}.*EACCES`)),
      });
    }
  });

  test("a file nobody listed", async () => {
    const { client } = await serving(folderOf({ a: "" }));
    const call = converse(client, fileSync, [["dir-name", "context"]]);
    call.on("error", () => {});
    call.resume();
    call.write(Packet.create({ type: Packet_PacketType.PACKET_REQ, ID: 7 }));
    const code = await new Promise((resolve) => call.on("status", (status) => resolve(status.code)));
    expect(code).toBe(3);
  });
});

describe("a folder that changes while it is sent", () => {
  /** Does something when the list is complete and nothing was asked for. */
  async function changing(
    root: string,
    change: () => void,
  ): Promise<{ contents: ReadonlyMap<string, Buffer>; vanished: string[] }> {
    const vanished: string[] = [];
    const { client } = await serving(root, { vanished: (path) => vanished.push(path) });
    const watch = (packet: Packet): void => {
      if (packet.type === Packet_PacketType.PACKET_STAT && packet.stat?.path === "a") change();
    };
    const { contents } = await fetchFolder(client, { watch });
    return { contents, vanished };
  }

  test("sends a file that is gone as an empty one, and says so", async () => {
    const root = folderOf({ a: "data" });
    const { contents, vanished } = await changing(root, () => rmSync(join(root, "a")));
    expect(contents.get("a")?.length).toBe(0);
    expect(vanished).toEqual([join(root, "a")]);
  });

  test.each([
    ["small", 100],
    ["large", 500_000],
  ])("cuts a %s file that grew at the size it had", async (_, size) => {
    const root = folderOf({ a: "x".repeat(size) });
    const { contents } = await changing(root, () => appendFileSync(join(root, "a"), "more"));
    expect(contents.get("a")?.length).toBe(size);
  });

  test.each([
    ["small", 100],
    ["large", 500_000],
  ])("sends what is left of a %s file that shrank", async (_, size) => {
    const root = folderOf({ a: "x".repeat(size) });
    const { contents } = await changing(root, () => truncateSync(join(root, "a"), size / 2));
    expect(contents.get("a")?.length).toBe(size / 2);
  });

  test("is not held by a pipe nor led away by a link in the place of a file", async () => {
    const root = folderOf({ a: "x", b: "y" });
    const { contents } = await changing(root, () => {
      rmSync(join(root, "a"));
      symlinkSync("/etc/passwd", join(root, "a"));
      rmSync(join(root, "b"));
      execFileSync("mkfifo", [join(root, "b")]);
    });
    expect(contents.get("a")?.length).toBe(0);
    expect(contents.get("b")?.length).toBe(0);
  });
});

describe("a large folder", () => {
  function manyFiles(count: number): string {
    const root = temporaryFolder();
    for (let i = 0; i < count; i++) {
      if (i % 100 === 0) mkdirSync(join(root, `d${i / 100}`));
      writeFileSync(join(root, `d${Math.floor(i / 100)}`, `file-${i}`), `content of ${i}`);
    }
    return root;
  }

  test("of thousands of files arrives whole while health checks are answered", async () => {
    const { client } = await serving(manyFiles(2000));
    const check = { path: "/grpc.health.v1.Health/Check", request: HealthCheckRequest, response: HealthCheckResponse };
    let slowest = 0;
    let done = false;
    const checking = (async () => {
      while (!done) {
        const asked = performance.now();
        expect(await ask(client, check, { service: "" })).toEqual({ status: 1 });
        slowest = Math.max(slowest, performance.now() - asked);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const { contents } = await fetchFolder(client);
    done = true;
    await checking;
    expect(contents.size).toBe(2000);
    expect(contents.get("d19/file-1999")?.toString()).toBe("content of 1999");
    // Daemons wait 15 s; the peer shares our only thread, so this is no measure of speed.
    expect(slowest).toBeLessThan(5000);
  });

  test("given up at any moment leaves nothing open", async () => {
    const root = manyFiles(500);
    writeFileSync(join(root, "z-large"), Buffer.alloc(20 << 20));
    const { client } = await serving(root);
    for (const after of [0, 1, 100, 505, 800, 1530, 1560]) {
      let packets = 0;
      const fetching = fetchFolder(client, {
        watch: (_, call) => {
          if (packets++ === after) call.cancel();
        },
      });
      await expect(fetching).rejects.toMatchObject({ code: 1 });
    }
    // What is being read when it is given up is read to its end first.
    await expect.poll(() => openIn(root), { timeout: 10_000 }).toBe(0);
    // The session has taken no harm.
    expect((await fetchFolder(client)).contents.size).toBe(501);
  });

  test("is read with bounded memory, however large the file", async () => {
    const root = folderOf({ sparse: "" });
    truncateSync(join(root, "sparse"), 96 << 20);
    const { client } = await serving(root);
    const before = process.memoryUsage().rss;
    let most = 0;
    let bytes = 0;
    const call = converse(client, fileSync, [["dir-name", "context"]]);
    call.on("data", (packet: Packet) => {
      most = Math.max(most, process.memoryUsage().rss);
      if (packet.type === Packet_PacketType.PACKET_STAT && packet.stat !== undefined) {
        call.write(Packet.create({ type: Packet_PacketType.PACKET_REQ, ID: 0 }));
      }
      bytes += packet.data.length;
      if (packet.type === Packet_PacketType.PACKET_DATA && packet.data.length === 0) {
        call.write(Packet.create({ type: Packet_PacketType.PACKET_FIN }));
      }
    });
    await new Promise((resolve) => call.on("status", resolve));
    expect(bytes).toBe(96 << 20);
    expect(most - before).toBeLessThan(80 << 20);
  });
});

test("times before 1970 are told", async () => {
  const root = folderOf({ old: "" });
  execFileSync("touch", ["-d", "1969-12-31 23:59:59 UTC", join(root, "old")]);
  const { client } = await serving(root);
  const { stats } = await fetchFolder(client);
  expect(stats[0]?.modTime).toBe(-1_000_000_000n);
});
