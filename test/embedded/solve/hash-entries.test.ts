import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashEntries } from "../../../src/engine/solve/hash-entries.ts";
import { inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";

/** Texts that look like parts of other entries. */
const text = fc.array(fc.constantFrom("\n", "\0", " ", ":", "0", "1", "a", "é", "symlink 0 0 0  1:"), { maxLength: 4 });
const attributes = fc.record({
  path: text.map((parts) => parts.join("")),
  mode: fc.nat({ max: 2 }),
  uid: fc.nat({ max: 11 }),
  gid: fc.nat({ max: 11 }),
});
const entry: fc.Arbitrary<TreeEntry> = fc
  .tuple(attributes, text, fc.constantFrom("symlink", "hardlink", "folder", "file", "character"))
  .map(([{ path, ...rest }, parts, type]): TreeEntry => {
    const common = { path, ...rest, seconds: 0, nanoseconds: 0 };
    const detail = parts.join("");
    if (type === "folder") return { ...common, type };
    if (type === "file") return { ...common, type, content: inlineContent(Buffer.from(detail)) };
    if (type === "character") return { ...common, type, major: rest.uid, minor: rest.gid };
    return { ...common, type, target: detail };
  });

async function keyOf(entries: readonly TreeEntry[]): Promise<string> {
  const hash = createHash("sha256");
  await hashEntries(hash, entries, ({ content }) =>
    content.kind === "inline" ? Buffer.from(content.bytes).toString("hex") : "",
  );
  return hash.digest("hex");
}

const link = (path: string, target: string): TreeEntry => ({
  type: "symlink",
  path,
  target,
  mode: 0o777,
  uid: 0,
  gid: 0,
  seconds: 0,
  nanoseconds: 0,
});

describe("the key of entries", () => {
  test("tells a line break in a link from the end of it", async () => {
    expect(await keyOf([link("a", "t"), link("x\ny", "u")])).not.toBe(await keyOf([link("a", "t\nx"), link("y", "u")]));
  });

  test("is the same for the same entries alone", async () => {
    const entries = fc.array(entry, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(entries, entries, async (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect((await keyOf(a)) === (await keyOf(b))).toBe(same);
      }),
      { numRuns: 3000 },
    );
  });

  test("does not change with times", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 3 }), fc.nat(), async (entries, seconds) => {
        expect(await keyOf(entries.map((each) => ({ ...each, seconds })))).toBe(await keyOf(entries));
      }),
    );
  });
});
