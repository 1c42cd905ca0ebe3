import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { encodeHeader, headersOf, paddingOf, trailer } from "../../../src/engine/layer/tar/go-tar.ts";
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
    "long names and names beyond ASCII",
    [folder("x", { seconds: epoch }), file(`x/${"n".repeat(150)}`, "A"), folder("x/ü"), file("x/ü/é", "E")],
    "sha256:2df2f027c0a5a9e18d9851a31c7a41c6e1e2ae02d4977f002d6c71fa4c3e6bbb",
  ],
];

test.each(measured)("a layer of %s has the digest BuildKit gives it", (_, entries, expected) => {
  expect(digest(entries)).toBe(expected);
});
