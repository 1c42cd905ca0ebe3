import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeHeader, headersOf, paddingOf, type TarHeader, trailer } from "../../../src/engine/layer/tar/go-tar.ts";
import { MemberScanner } from "../../../src/engine/layer/tar/member-scanner.ts";
import { inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";

const context = 1_600_000_000;
const epoch = 1_700_000_000;
const base = { mode: 0o644, uid: 0, gid: 0, seconds: context, nanoseconds: 0 };

const file = (path: string, text: string, more: Partial<typeof base> = {}): TreeEntry => ({
  ...base,
  ...more,
  type: "file",
  path,
  content: inlineContent(Buffer.from(text)),
});
const folder = (path: string, more: Partial<typeof base> = {}): TreeEntry => ({
  ...base,
  mode: 0o755,
  ...more,
  type: "folder",
  path,
});
const whiteout = (path: string): TreeEntry => ({ ...base, mode: 0, seconds: 0, type: "whiteout", path });
const hardlink = (path: string, target: string): TreeEntry => ({ ...base, type: "hardlink", path, target });

function digest(entries: readonly TreeEntry[]): string {
  const hash = createHash("sha256");
  for (const entry of entries) {
    for (const header of headersOf(entry)) hash.update(encodeHeader(header));
    if (entry.type !== "file" || entry.content.kind !== "inline") continue;
    hash.update(entry.content.bytes).update(Buffer.alloc(paddingOf(entry.content.size)));
  }
  return `sha256:${hash.update(trailer).digest("hex")}`;
}

/** What a BuildKit made of the same entries, measured. */
const measured: readonly (readonly [string, readonly TreeEntry[], string])[] = [
  ["nothing", [], "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"],
  ["a file", [file("app", "A\n")], "sha256:3b2152a8f2ea241d11ef86b25d15f5db76b58de77558def23366d9c017810179"],
  [
    "a file that changes its user",
    [file("x", "A\n", { mode: 0o4755 })],
    "sha256:41bbd5d3b981678b32a588886d7c81d0bfcfa48afbe21187b1dff7bf36a9431c",
  ],
  [
    "hard links",
    [
      folder("x", { seconds: epoch }),
      file("x/a", "A"),
      hardlink("x/b", "x/a"),
      folder("x/z"),
      hardlink("x/z/c", "x/a"),
    ],
    "sha256:5f311c6c08ce1209067fad372832502cb40679b7c086786c28d41162b70b1039",
  ],
  [
    "a fifo",
    [folder("x", { seconds: epoch }), { ...base, type: "fifo", path: "x/pipe", major: 0, minor: 0 }],
    "sha256:734e496a6a0fbb0bac1efaf35fcdb0dd0d30ce4efc63638770913584aae2c023",
  ],
  [
    "times long gone and yet to come",
    [file("frac", "x"), file("future", "f", { seconds: epoch }), file("old", "o", { seconds: 1 })],
    "sha256:90251f90d3e7f01205590e1221638aeaf526af8bd73bf3ca07289f4152dd23ca",
  ],
  [
    "devices and what commands leave behind",
    [
      folder("dev", { seconds: epoch }),
      { ...base, seconds: epoch, type: "character", path: "null", major: 1, minor: 3 },
      { ...base, seconds: epoch, type: "fifo", path: "p", major: 0, minor: 0 },
      folder("proc", { seconds: epoch }),
      { ...base, mode: 0o777, seconds: epoch, type: "symlink", path: "s", target: "/nowhere" },
      folder("sys", { seconds: epoch }),
    ],
    "sha256:28bff662a9a403c894e1d5bc0ccdf627603c03e13dfdd22a1276be25bd5a0976",
  ],
  [
    "whiteouts",
    [folder("d", { seconds: epoch }), whiteout("d/a"), whiteout("d/b"), file("d/c", "c\n", { seconds: epoch })],
    "sha256:9e0884a6bf756adb4d57a6ee9d4d1bfb4eeaecc7aaf0936c44b4cac63411edf3",
  ],
  [
    "a whiteout in the root",
    [whiteout("d")],
    "sha256:f9a4f118c4204fb29e672137478e75512b59d173437d430a39c2172413321dd2",
  ],
  [
    "long names and names beyond ASCII",
    [folder("x", { seconds: epoch }), file(`x/${"n".repeat(150)}`, "A"), folder("x/ü"), file("x/ü/é", "E")],
    "sha256:2df2f027c0a5a9e18d9851a31c7a41c6e1e2ae02d4977f002d6c71fa4c3e6bbb",
  ],
];

test.each(measured)("a layer of %s has the digest BuildKit gives it", (_, entries, expected) => {
  expect(digest(entries)).toBe(expected);
});

test("files of more than eight gibibytes have their size in an extended header, as GNU tar reads it", () => {
  const size = 2 ** 33 + 5;
  const header = encodeHeader({ name: "huge", type: "0", mode: 0o644, uid: 0, gid: 0, seconds: 1, size });
  expect(header.toString("latin1")).toContain(`size=${size}`);
  const { stdout } = spawnSync("tar", ["-tv"], { input: header });
  expect(String(stdout)).toContain(` ${size} `);
});

test("whatever goes into a header comes out of it", () => {
  const names = fc.string({ unit: "binary", minLength: 1, maxLength: 300 });
  const valid = names.filter(
    (name) => !name.includes("\0") && Buffer.from(name).toString() === name && !name.endsWith("/"),
  );
  const number = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 45 }));
  const headers = fc.record({
    name: valid,
    type: fc.constantFrom<TarHeader["type"]>("1", "2", "3"),
    link: valid,
    mode: fc.nat(0o7777),
    uid: number,
    gid: number,
    size: fc.constant(0),
    seconds: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    major: fc.nat(2 ** 20),
    minor: fc.nat(2 ** 20),
  });
  fc.assert(
    fc.property(headers, (header) => {
      const seen: unknown[] = [];
      const scanner = new MemberScanner({ begin: (found) => seen.push(found), content: () => {}, end: () => {} });
      scanner.push(encodeHeader(header));
      expect(seen).toEqual([header]);
    }),
  );
});
