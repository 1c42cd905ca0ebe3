import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Layer } from "../../../src/engine/layer/layer.ts";
import { fileEntry, folderEntry, openWorkbench, packLayer, reasonToSkip, type Workbench } from "./workbench.ts";

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`what commands change is not tested: ${reason}`);

describe.skipIf(reason !== undefined)("the layer of a command", () => {
  let bench: Workbench;
  let data: Layer;

  beforeAll(async () => {
    bench = await openWorkbench();
    data = await packLayer(bench.layers, [
      folderEntry("d"),
      fileEntry("d/a", "a\n"),
      fileEntry("d/b", "b\n"),
      folderEntry("d/s", 0o700),
      fileEntry("d/s/t", "t\n"),
      folderEntry("d/s/u"),
      fileEntry("f", "f\n"),
    ]);
  });
  afterAll(() => bench.close());

  const onData = async (command: string): Promise<readonly string[]> =>
    (await bench.run(command, { layers: [bench.base, data] })).entries;

  test.each([
    ["what is removed, one by one", "rm /d/a", ["folder 755 0:0 d", "whiteout 0 0:0 d/a"]],
    ["only the top of a folder that is removed", "rm -r /d", ["whiteout 0 0:0 d"]],
    [
      "what a folder that is made again no longer has",
      "rm -r /d && mkdir -p /d/s && echo c >/d/c",
      [
        "folder 755 0:0 d",
        "whiteout 0 0:0 d/a",
        "whiteout 0 0:0 d/b",
        "file 644 0:0 d/c",
        "folder 755 0:0 d/s",
        "whiteout 0 0:0 d/s/t",
        "whiteout 0 0:0 d/s/u",
      ],
    ],
    ["no whiteout for a folder that becomes a file", "rm -r /d && echo x >/d", ["file 644 0:0 d"]],
    ["a folder in place of a file", "rm /f && mkdir /f && echo x >/f/g", ["folder 755 0:0 f", "file 644 0:0 f/g"]],
    [
      "a file of which only the mode changed",
      "chmod 600 /d/s/t",
      ["folder 755 0:0 d", "folder 700 0:0 d/s", "file 600 0:0 d/s/t"],
    ],
    [
      "a folder of which only the mode changed, without what is in it",
      "chmod 711 /d/s",
      ["folder 755 0:0 d", "folder 711 0:0 d/s"],
    ],
    ["nothing that was touched and is as before", "chown -R 0:0 /d; cp -p /f /g && mv /g /f; chmod 700 /d/s", []],
    ["nothing that came and went", "touch /x && rm /x; mkdir /y && rmdir /y", []],
    [
      "names of one file as links",
      "echo x >/b1; ln /b1 /a1; ln /b1 /c1",
      ["file 644 0:0 a1", "hardlink 644 0:0 b1 -> a1", "hardlink 644 0:0 c1 -> a1"],
    ],
    ["a new name of an old file as a file", "ln /f /h", ["file 644 0:0 h"]],
    [
      "devices, pipes and links",
      "mknod /n c 1 3; mknod /m b 259 300; mkfifo /p; ln -s /no/where /s",
      ["block 644 0:0 m 259,300", "character 644 0:0 n 1,3", "fifo 644 0:0 p", "symlink 777 0:0 s -> /no/where"],
    ],
    ["owners and all bits of modes", "echo >/x; chown 1000:70000 /x; chmod 6755 /x", ["file 6755 1000:70000 x"]],
    ["no sockets", "nc -l -p 1 local:/sock 2>/dev/null & sleep 0.1; true", []],
  ])("has %s", async (_, command, expected) => {
    expect(await onData(command)).toEqual(expected);
  });

  test("is what the next command sees, whether it is still unpacked or not", async () => {
    const { layer } = await bench.run("rm /d/a; echo c >/d/c; rm -r /d/s; mkdir /d/s", { layers: [bench.base, data] });
    const command = "ls -A /d /d/s";
    const here = await bench.run(command, { layers: [bench.base, data, layer] });
    const elsewhere = await openWorkbench();
    try {
      const copies = [];
      for (const each of [data, layer]) {
        const entries = await bench.layers.entries(each, new AbortController().signal);
        const contents = entries.map((entry) =>
          entry.type === "file" ? fileEntry(entry.path, `${entry.path.slice(-1)}\n`) : entry,
        );
        copies.push(await packLayer(elsewhere.layers, contents));
      }
      const there = await elsewhere.run(command, { layers: [elsewhere.base, ...copies] });
      expect(there.stdout).toBe(here.stdout);
      expect(here.stdout).toBe("/d:\nb\nc\ns\n\n/d/s:\n");
    } finally {
      await elsewhere.close();
    }
  });

  test("of one command is not taken for that of another with the same digest on other layers", async () => {
    const other = await packLayer(bench.layers, [folderEntry("d"), fileEntry("d/a", "other\n")]);
    await bench.run("chmod 644 /d/a; touch /new; touch -d @5 /new", { layers: [bench.base, data] });
    const { layer } = await bench.run("touch /new; touch -d @5 /new", { layers: [bench.base, data] });
    const { stdout } = await bench.run("cat /d/a", { layers: [bench.base, other, layer] });
    expect(stdout).toBe("other\n");
  });

  test("has the capabilities of files, also of those that are the same in everything else", async () => {
    const capability = new Uint8Array([1, 0, 0, 2, 0x80, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const able = { ...fileEntry("able", "x\n", 0o755), capability };
    const layer = await packLayer(bench.layers, [able, fileEntry("unable", "y\n", 0o755)]);
    const { layer: changed } = await bench.run(
      "cp -p /able /copy; mv /able /moved; ln /moved /linked; chown 0:0 /unable",
      {
        layers: [bench.base, layer],
      },
    );
    const entries = await bench.layers.entries(changed, new AbortController().signal);
    expect(entries.map(({ path, capability: found }) => [path, found === undefined ? undefined : [...found]])).toEqual([
      ["able", undefined],
      ["copy", undefined],
      ["linked", [...capability]],
      ["moved", [...capability]],
    ]);
    // The owner is set as it was: the kernel takes the capability away all the same.
    const lost = await bench.run("chown 0:0 /able", { layers: [bench.base, layer] });
    expect(lost.entries).toEqual(["file 755 0:0 able"]);
  });

  test("comes out of more layers than an overlay can have", async () => {
    const layers = [];
    for (let index = 0; index < 250; index++) {
      layers.push(
        await packLayer(bench.layers, [
          folderEntry("n"),
          fileEntry(`n/${index}`, `${index}\n`),
          fileEntry("n/last", `${index}\n`),
        ]),
      );
    }
    const { stdout } = await bench.run("ls /n | wc -l; cat /n/last /n/0 /n/120", { layers: [bench.base, ...layers] });
    expect(stdout).toBe("251\n249\n0\n120\n");
  }, 60_000);

  test("has the attributes of folders that a layer put something into without telling of them", async () => {
    const careless = await packLayer(bench.layers, [fileEntry("d/s/new", "n\n")]);
    const { stdout, entries } = await bench.run("stat -c %a /d/s; cat /d/s/t /d/s/new", {
      layers: [bench.base, data, careless],
    });
    expect([stdout, entries]).toEqual(["700\nt\nn\n", []]);
  });
});
