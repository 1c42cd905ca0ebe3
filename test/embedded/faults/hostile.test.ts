/** Dockerfiles, archives and images that mean harm: refused or contained, and nothing outside is touched. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBusybox, reasonToSkip } from "../run/workbench.ts";
import { type Lies, writeLayout } from "./layout-of.ts";
import { addBase, type Ended, openScene, type Scene } from "./scene.ts";
import { type Member, tarOf } from "./tar-of.ts";

const canRun = reasonToSkip() === undefined;

/** A scene with a folder beside the context that nobody may touch. */
function guardedScene(): Scene {
  const scene = openScene();
  mkdirSync(join(scene.folder, "outside"));
  writeFileSync(join(scene.folder, "outside/secret"), "secret\n");
  return scene;
}

async function expectUntouched(scene: Scene): Promise<void> {
  expect(readdirSync(scene.folder).sort()).toEqual(["cache", "context", "home", "out", "outside", "temporary"]);
  expect(readdirSync(join(scene.folder, "outside"))).toEqual(["secret"]);
  expect(readFileSync(join(scene.folder, "outside/secret"), "utf8")).toBe("secret\n");
  expect(await scene.remains()).toEqual([]);
  expect(scene.unfinished()).toEqual([]);
}

/** What is in the secret has not found its way into any output. */
function expectSecretKept(scene: Scene): void {
  const found = execFileSync("sh", ["-c", 'grep -rlx secret "$1" || true', "sh", join(scene.folder, "out")]);
  expect(found.toString()).toBe("");
}

const exits = { done: 0, failed: 1, wrong: 2, environment: 3 };

interface Attack {
  readonly by: string;
  readonly members: (outside: string) => readonly Member[];
  /** Undefined: it is contained. */
  readonly refused?: RegExp;
}

const up = "../".repeat(12);
const attacks: readonly Attack[] = [
  {
    by: "names that climb",
    members: (outside) => [{ name: `${up}${outside.slice(1)}/escape`, text: "x" }],
    refused: /leads out of it/,
  },
  { by: "absolute names", members: (outside) => [{ name: `${outside}/escape`, text: "x" }] },
  {
    by: "a link that leads out, and a file behind it",
    members: (outside) => [
      { name: "l", type: "2", link: outside },
      { name: "l/escape", text: "x" },
    ],
  },
  {
    by: "a link that climbs, and a file behind it",
    members: (outside) => [
      { name: "l", type: "2", link: `${up}${outside.slice(1)}` },
      { name: "l/escape", text: "x" },
    ],
  },
  {
    by: "a hard link to a file outside",
    members: (outside) => [{ name: "h", type: "1", link: `${outside}/secret` }],
    refused: /is a hard link to .* which is not in it/,
  },
  {
    by: "a hard link through a link",
    members: (outside) => [
      { name: "l", type: "2", link: outside },
      { name: "h", type: "1", link: "l/secret" },
    ],
    refused: /is a hard link to .* which is not in it/,
  },
  {
    by: "a whiteout that climbs",
    members: (outside) => [{ name: `${up}${outside.slice(1)}/.wh.secret` }],
    refused: /leads out of it/,
  },
  {
    by: "a whiteout of a parent",
    members: () => [{ name: "a/.wh..." }, { name: "a/.wh.." }],
    refused: /takes away nothing/,
  },
  {
    by: "a size that the archive does not have",
    members: () => [{ name: "a", text: "x", size: 1_000_000 }],
    refused: /cut short/,
  },
  {
    by: "a size beyond all bounds",
    members: () => [{ name: "a", text: "x", size: 0o77777777777 }],
    refused: /cut short/,
  },
];

const ways = [
  { way: "unpacked for a command", dockerfile: 'FROM base\nRUN ["/bin/busybox", "true"]\n', run: true },
  { way: "copied from and written to a folder", dockerfile: "FROM scratch\nCOPY --from=base / /\n", run: false },
  { way: "written to a folder", dockerfile: "FROM base\n", run: false },
];

function attack(dockerfile: string, members: readonly Member[], scene: Scene): Promise<Ended> {
  const busybox: readonly Member[] = dockerfile.includes("RUN")
    ? [
        { name: "bin/", type: "5" },
        { name: "bin/busybox", text: readFileSync(findBusybox() ?? "") },
      ]
    : [];
  return buildFrom(scene, { dockerfile, tar: tarOf([...busybox, ...members]) });
}

interface Hostile {
  readonly dockerfile: string;
  readonly tar: Buffer;
  readonly lies?: Lies;
}

/** The image is `base`, the result goes to the folder `out/tree`. */
function buildFrom(scene: Scene, { dockerfile, tar, lies }: Hostile): Promise<Ended> {
  writeLayout(join(scene.folder, "context/layout"), tar, lies);
  scene.write({
    Dockerfile: dockerfile,
    "docker-bake.json": JSON.stringify({ target: { default: { contexts: { base: "oci-layout://layout" } } } }),
  });
  return scene.build(toFolder(scene));
}

function toFolder(scene: Scene): readonly string[] {
  return ["--output", `type=local,dest=${join(scene.folder, "out/tree")}`];
}

describe.concurrent("an image is refused or contained that has", () => {
  for (const { way, dockerfile, run } of ways) {
    test.skipIf(run && !canRun).each(attacks)(`$by, ${way}`, async ({ members, refused }) => {
      using scene = guardedScene();
      const { code, said } = await attack(dockerfile, members(join(scene.folder, "outside")), scene);
      await expectUntouched(scene);
      expectSecretKept(scene);
      expect(code, said).toBe(refused === undefined ? exits.done : exits.failed);
      if (refused !== undefined) expect(said).toMatch(refused);
    });
  }

  test.each(attacks.filter(({ by }) => !by.startsWith("a whiteout")))("$by, unpacked by ADD", async ({ members }) => {
    using scene = guardedScene();
    const archive = tarOf(members(join(scene.folder, "outside")));
    scene.write({ Dockerfile: "FROM scratch\nADD archive.tar /\n", "archive.tar": archive });
    const { code, said } = await scene.build(toFolder(scene));
    await expectUntouched(scene);
    expectSecretKept(scene);
    expect([exits.done, exits.failed], said).toContain(code);
    expect(said).not.toContain("bug in tsbake");
    if (code === exits.failed) expect(said).toContain("archive.tar cannot be unpacked: ");
  });

  const lies: readonly { readonly by: string; readonly lies: Lies; readonly refused: RegExp }[] = [
    { by: "another content than its digest", lies: { bytes: Buffer.from("something else") }, refused: /sha256:/ },
    { by: "another size than it says", lies: { size: 7 }, refused: /bytes/ },
    { by: "another archive than its diff ID", lies: { diffId: `sha256:${"0".repeat(64)}` }, refused: /sha256:0000/ },
  ];
  test.each(lies)("$by", async ({ lies: told, refused }) => {
    using scene = guardedScene();
    const tar = tarOf([{ name: "a", text: "x" }]);
    const { code, said } = await buildFrom(scene, { dockerfile: "FROM base\n", tar, lies: told });
    // Wrong in the Dockerfile's eyes, or in those of the machine that holds the layout.
    expect([exits.failed, exits.environment], said).toContain(code);
    expect(said).toMatch(refused);
    await expectUntouched(scene);
    expect(readdirSync(join(scene.folder, "out"))).toEqual([]);
  });
});

test("a folder is written over a link that leads out, not through it", async () => {
  using scene = guardedScene();
  scene.write({ Dockerfile: "FROM scratch\nCOPY . /\n" });
  symlinkSync(join(scene.folder, "outside"), join(scene.folder, "context/l"));
  const first = await scene.build(toFolder(scene));
  expect(first.code, first.said).toBe(exits.done);
  scene.write({ Dockerfile: "FROM scratch\nCOPY a.txt /l/escape\nCOPY a.txt /l/secret\n", "a.txt": "A\n" });
  const { code, said } = await scene.build(toFolder(scene));
  await expectUntouched(scene);
  if (code === exits.done) expect(readdirSync(join(scene.folder, "out/tree/l"))).toEqual(["escape", "secret"]);
  else expect(said).toContain("out/tree");
});

interface Trick {
  readonly by: string;
  readonly dockerfile: (outside: string) => string;
  readonly refused?: RegExp;
  readonly run?: true;
}

const tricks: readonly Trick[] = [
  {
    by: "copies from above the context",
    dockerfile: () => "FROM scratch\nCOPY ../outside/secret /s\n",
    refused: /is not in the context/,
  },
  {
    by: "copies an absolute path",
    dockerfile: (outside) => `FROM scratch\nCOPY ${outside}/secret /s\n`,
    refused: /is not in the context/,
  },
  {
    by: "copies through a link out of the context",
    dockerfile: () => "FROM scratch\nCOPY out/secret /s\n",
    refused: /is not in the context/,
  },
  {
    by: "copies a link out of the context",
    dockerfile: () => "FROM scratch\nCOPY file /s\n",
    refused: /which is not in the context/,
  },
  { by: "copies with a pattern through a link", dockerfile: () => "FROM scratch\nCOPY ou*/sec* /s\n" },
  {
    by: "adds an archive that climbs",
    dockerfile: () => "FROM scratch\nADD evil.tar /x/\n",
    refused: /leads out of it/,
  },
  { by: "adds an archive onto a link of itself", dockerfile: () => "FROM scratch\nADD links.tar /\nADD links.tar /\n" },
  {
    by: "copies onto a link to the machine",
    dockerfile: () => "FROM scratch\nADD links.tar /\nCOPY a.txt /l/escape\n",
  },
  { by: "works above the root", dockerfile: () => "FROM scratch\nWORKDIR /../../x\nCOPY a.txt ../../../a\n" },
  {
    by: "mounts from above the context",
    dockerfile: () =>
      `FROM scratch\nCOPY base/ /\nRUN --mount=type=bind,source=../outside,target=/m,rw ["/bin/busybox", "cp", "/m/secret", "/m/escape"]\n`,
    refused: /outside|not complete/,
    run: true,
  },
  {
    by: "mounts through a link out of the context",
    dockerfile: () =>
      `FROM scratch\nCOPY base/ /\nRUN --mount=type=bind,source=out,target=/m,rw ["/bin/busybox", "cp", "/m/secret", "/s"]\n`,
    refused: /out|not complete/,
    run: true,
  },
  {
    by: "has a cache whose name climbs",
    dockerfile: () =>
      `FROM scratch\nCOPY base/ /\nRUN --mount=type=cache,id=../../../outside,target=/c ["/bin/busybox", "touch", "/c/escape"]\n`,
    run: true,
  },
  {
    by: "mounts onto a link to the machine",
    dockerfile: () =>
      `FROM scratch\nADD links.tar /\nCOPY base/ /\nRUN --mount=type=cache,target=/l/deep ["/bin/busybox", "touch", "/l/escape", "/l/deep/x"]\n`,
    run: true,
  },
  {
    by: "makes folders, devices and links to the machine",
    dockerfile: (outside) =>
      `FROM scratch\nCOPY base/ /\nRUN ["/bin/busybox", "sh", "-c", "busybox ln -s ${outside} /l; busybox mkdir -p ${outside}; busybox touch ${outside}/escape; busybox mknod /sda b 8 0"]\n`,
    run: true,
  },
  {
    by: "has words that grow without end",
    dockerfile: () => `FROM scratch\nENV a=0123456789\n${doubling(60)}`,
    refused: /long|large|limit/,
  },
  {
    by: "has arguments that grow without end",
    dockerfile: () => `ARG a=0123456789\n${doubling(60).replaceAll("ENV", "ARG")}FROM \${b59}\n`,
    refused: /long|large|limit/,
  },
  { by: "builds on itself", dockerfile: () => "FROM b AS a\nFROM a AS b\n", refused: /b/ },
];

function doubling(times: number): string {
  const of = (index: number): string => (index === 0 ? "a" : `b${index - 1}`);
  return Array.from({ length: times }, (_, n) => `ENV b${n}=\${${of(n)}}\${${of(n)}}\n`).join("");
}

describe.concurrent("a Dockerfile is refused or contained that", () => {
  for (const { by, dockerfile, refused, run } of tricks) {
    test.skipIf(run === true && !canRun)(by, { timeout: 60_000 }, async () => {
      using scene = guardedScene();
      const outside = join(scene.folder, "outside");
      addBase(scene, findBusybox() ?? "/dev/null");
      scene.write({
        Dockerfile: dockerfile(outside),
        "a.txt": "A\n",
        "evil.tar": tarOf([{ name: `${up}${outside.slice(1)}/escape`, text: "x" }]),
        "links.tar": tarOf([
          { name: "l", type: "2", link: outside },
          { name: "l/escape", text: "x" },
        ]),
      });
      symlinkSync(outside, join(scene.folder, "context/out"));
      symlinkSync("../outside/secret", join(scene.folder, "context/file"));
      const { code, said } = await scene.build(toFolder(scene));
      await expectUntouched(scene);
      expectSecretKept(scene);
      expect([exits.done, exits.failed, exits.wrong], said).toContain(code);
      if (refused === undefined) expect(code, said).toBe(exits.done);
      else expect(said).toMatch(refused);
      if (refused !== undefined) expect(code, said).not.toBe(exits.done);
    });
  }
});
