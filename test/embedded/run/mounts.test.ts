import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Layer } from "../../../src/engine/layer/layer.ts";
import type { MountSource, RunMount } from "../../../src/engine/run/request.ts";
import { layeredTree } from "../../../src/engine/tree/layered-tree.ts";
import {
  fileEntry,
  folderEntry,
  linkEntry,
  openWorkbench,
  packLayer,
  plainRequest,
  reasonToSkip,
  type Workbench,
} from "./workbench.ts";

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`mounts of commands are not tested: ${reason}`);

describe.skipIf(reason !== undefined)("a command with mounts", () => {
  let bench: Workbench;
  let data: Layer;
  let further: Layer;

  beforeAll(async () => {
    bench = await openWorkbench();
    data = await packLayer(bench.layers, [
      folderEntry("d"),
      fileEntry("d/x", "x\n"),
      fileEntry("a.txt", "A\n"),
      linkEntry("to-d", "/d"),
    ]);
    further = await packLayer(bench.layers, [folderEntry("d"), fileEntry("d/y", "y\n")]);
  });
  afterAll(() => bench.close());

  function cache(options: Partial<Extract<RunMount, { type: "cache" }>> = {}): RunMount {
    const plain = {
      type: "cache",
      target: "/c",
      id: "k",
      sharing: "shared",
      readOnly: false,
      mode: 0o755,
      uid: 0,
      gid: 0,
    };
    return { ...plain, ...options } as RunMount;
  }

  function bind(from: MountSource, options: { target?: string; readWrite?: boolean } = {}): RunMount {
    return { type: "bind", target: "/m", readWrite: false, from, ...options };
  }

  const layers = (path = "", ...all: readonly Layer[]): MountSource => ({ kind: "layers", layers: all, path });

  test("keeps what is in a cache from one to the next, and not in the layer", async () => {
    const first = await bench.run("echo 1 >/c/n; stat -c '%a %u:%g' /c", {
      mounts: [cache({ id: "keep", mode: 0o750, uid: 3, gid: 4 })],
    });
    expect([first.stdout, first.entries]).toEqual(["750 3:4\n", []]);
    const second = await bench.run("cat /e/f/n; touch /e/x", { mounts: [cache({ id: "keep", target: "/e/f" })] });
    expect([second.stdout, second.entries]).toEqual(["1\n", ["folder 755 0:0 e", "file 644 0:0 e/x"]]);
  });

  test("cannot write to a cache that is read-only", async () => {
    await expect(bench.run("touch /c/x", { mounts: [cache({ readOnly: true })] })).rejects.toThrow("exit code: 1");
  });

  test("finds in a new cache what it is to begin with", async () => {
    const from = layers("d", data, further);
    const { stdout } = await bench.run("ls /c; rm /c/x", { mounts: [cache({ id: "begun", from })] });
    expect(stdout).toBe("x\ny\n");
    expect((await bench.run("ls /c", { mounts: [cache({ id: "begun", from })] })).stdout).toBe("y\n");
  });

  test("waits for its turn at a cache that is locked", async () => {
    const mounts = [cache({ id: "turns", sharing: "locked" })];
    const command = "test ! -e /c/busy || exit 9; touch /c/busy; sleep 0.3; rm /c/busy";
    await Promise.all([1, 2, 3].map(() => bench.run(command, { mounts })));
  });

  test("has a private cache for itself", async () => {
    const mounts = [cache({ id: "own", sharing: "private" })];
    const command = "test ! -e /c/busy || exit 9; touch /c/busy; sleep 0.5; rm /c/busy; echo x >>/c/log; wc -l </c/log";
    const both = await Promise.all([bench.run(command, { mounts }), bench.run(command, { mounts })]);
    expect(both.map(({ stdout }) => stdout)).toEqual(["1\n", "1\n"]);
    expect((await bench.run(command, { mounts })).stdout).toBe("2\n");
  });

  test("can be called off while it waits for a cache", async () => {
    const mounts = [cache({ id: "waiting", sharing: "locked" })];
    const end = new AbortController();
    let holding: Promise<unknown> = Promise.resolve();
    await new Promise<void>((resolve) => {
      holding = bench.sandbox
        .run(
          { ...plainRequest, layers: [bench.base], mounts, arguments: ["/bin/sh", "-c", "echo on; sleep 100"] },
          { signal: end.signal, onOutput: () => resolve() },
        )
        .catch(() => {});
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("called off")), 400);
    await expect(bench.run("true", { mounts, signal: controller.signal })).rejects.toThrow("called off");
    end.abort(new Error("enough"));
    await holding;
  });

  test("sees layers and parts of them, links followed in their own root, and cannot change them", async () => {
    for (const [path, expected] of [
      ["", "a.txt\nd\nto-d\n"],
      ["d", "x\ny\n"],
      ["to-d", "x\ny\n"],
    ] as const) {
      const { stdout, entries } = await bench
        .run("ls /m; touch /m/z 2>/dev/null && echo written", {
          mounts: [bind(layers(path, data, further))],
        })
        .catch((error) => ({ ...error, entries: [] }));
      expect([stdout, entries]).toEqual([expected, []]);
    }
  });

  test("sees one file of a layer, and leaves no trace of where it was", async () => {
    const { stdout, entries } = await bench.run("cat /m/n/f; ls -a /m", {
      mounts: [bind(layers("a.txt", data), { target: "/m/n/f" })],
    });
    expect([stdout, entries]).toEqual(["A\n.\n..\nn\n", []]);
  });

  test("throws away what it writes to a bind", async () => {
    const mounts = [
      bind(layers("d", data), { readWrite: true }),
      bind(layers("a.txt", data), { target: "/f", readWrite: true }),
    ];
    const { stdout, entries } = await bench
      .run("echo n >/m/x; rm /m/y; echo m >/f; cat /m/x /f", { mounts })
      .catch((e) => e);
    expect([stdout, entries]).toEqual(["n\nm\n", []]);
    expect((await bench.run("cat /m/x", { mounts })).stdout).toBe("x\n");
  });

  test("sees a context as it was, everything root's", async () => {
    const entries = [folderEntry("s"), { ...fileEntry("s/f", "f\n", 0o640), uid: 1000, gid: 1000 }];
    const tree = layeredTree([entries]);
    const { stdout } = await bench.run("stat -c '%a %u:%g %n' /m/f; cat /one", {
      mounts: [bind({ kind: "tree", tree, path: "s" }), bind({ kind: "tree", tree, path: "s/f" }, { target: "/one" })],
    });
    expect(stdout).toBe("640 0:0 /m/f\nf\n");
  });

  test("is told which source of a mount is not there", async () => {
    await expect(bench.run("true", { mounts: [bind(layers("nope", data))] })).rejects.toThrow("/nope: not found");
    const tree = layeredTree([]);
    await expect(bench.run("true", { mounts: [bind({ kind: "tree", tree, path: "q" })] })).rejects.toThrow(
      "/q: not found",
    );
  });

  test("has a file system in memory of the size it asked for", async () => {
    const { stdout, entries } = await bench.run("grep ' /t ' /proc/mounts; echo x >/t/x", {
      mounts: [{ type: "tmpfs", target: "/t", sizeBytes: 1024 * 1024 }],
    });
    expect([stdout, entries]).toEqual(["tmpfs /t tmpfs rw,nosuid,relatime,size=1024k 0 0\n", []]);
  });

  test("is given secrets as files and variables, that no disk ever has", async () => {
    const value = Buffer.from([0x73, 0, 0xff, 0x0a]);
    const { stdout, entries } = await bench.run(
      "stat -c '%a %u:%g' /run/secrets/s; od -An -tx1 /run/secrets/s; echo $TOKEN",
      {
        mounts: [
          { type: "secret", target: "/run/secrets/s", mode: 0o440, uid: 5, gid: 6, value },
          { type: "secret", variable: "TOKEN", mode: 0o400, uid: 0, gid: 0, value: Buffer.from("it's secret") },
        ],
      },
    );
    expect([stdout, entries]).toEqual(["440 5:6\n 73 00 ff 0a\nit's secret\n", []]);
  });

  test("reaches an agent by a socket of its own", async () => {
    const agent = createServer((socket) => socket.end("agent\n"));
    const socket = join(bench.folder, "agent.sock");
    await new Promise<void>((resolve) => agent.listen(socket, resolve));
    try {
      const { stdout, entries } = await bench.run(
        "stat -c '%a %u:%g %F' /run/buildkit/ssh_agent.0; nc -h 2>&1 | grep -q local && nc local:/run/buildkit/ssh_agent.0 || true",
        { mounts: [{ type: "ssh", target: "/run/buildkit/ssh_agent.0", socket, mode: 0o600, uid: 1000, gid: 1001 }] },
      );
      expect([stdout, entries]).toEqual(["600 1000:1001 socket\n", []]);
    } finally {
      agent.close();
    }
  });

  test("finds what is mounted below /dev", async () => {
    const tree = layeredTree([[fileEntry("EOF", "#!/bin/sh\necho script\n", 0o755)]]);
    const { stdout, entries } = await bench.run("", {
      arguments: ["/bin/sh", "-c", "/dev/pipes/EOF"],
      mounts: [bind({ kind: "tree", tree, path: "" }, { target: "/dev/pipes" })],
    });
    expect([stdout, entries]).toEqual(["script\n", []]);
  });
});
