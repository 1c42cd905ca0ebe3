/** `tsbake du` and `tsbake prune`. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Usage } from "../../../src/api/cache.ts";
import { formatAge, parseAge } from "../../../src/cli/cache/age.ts";
import { parseFilters } from "../../../src/cli/cache/filter.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { formatSize, parseSize } from "../../../src/engine/store/size.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { type Ran, runCommand } from "../run-command.ts";

let folder: string;
beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbake-cache-")));
  const store = await openStore(join(folder, "cache"));
  const { digest } = await store.blobs.put(Buffer.alloc(100_000));
  await store.records.save("layer", sha256Digest("diff"), { uses: [digest] });
  await store.records.save("step", "s", { uses: [sha256Digest("diff")], description: "RUN npm ci\n\u001b[31m" });
  await store.records.save("slot", "x", {});
  const mount = join(await store.room("cache-mounts"), "abc");
  mkdirSync(mount);
  writeFileSync(join(mount, "id"), "/root/.npm\n");
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const contentId = sha256Digest(Buffer.alloc(100_000)).slice(7, 32);

function tsbake(...words: readonly string[]): Promise<Ran> {
  return runCommand(words, { folder, environment: { TSBAKE_CACHE_DIR: "cache" } });
}

describe("du", () => {
  test("shows a table and what it adds up to", async () => {
    const { code, stdout, stderr } = await tsbake("du");
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^ID {24,}RECLAIMABLE {3}SIZE {6,}LAST ACCESSED$/);
    expect(lines).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^${contentId} +true +102\\.4kB +less than a second ago$|^${contentId} +true +102\\.4kB +\\d seconds? ago$`,
        ),
      ),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^cache-mounts\/abc\* +true +8\.192kB /));
    expect(lines.slice(-3)).toEqual(["Reclaimable:\t122.9kB", "Total:\t\t122.9kB", ""]);
  });

  test("tells everything of a part, in one line a field", async () => {
    const { stdout } = await tsbake("du", "--verbose", "--filter", "type=regular");
    expect(stdout).toMatch(
      /^ID: +[0-9a-f]{25}\nCreated at: +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC\nMutable: +false\nReclaimable: +true\nShared: +false\nSize: +102\.4kB\nDescription: +RUN npm ci\nLast used: +.* ago\nType: +regular\n\n/,
    );
  });

  test("prints an object a line for programs, and nothing else", async () => {
    const { stdout } = await tsbake("du", "--format", "json");
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(rows).toHaveLength(5);
    expect(rows).toContainEqual(
      expect.objectContaining({
        ID: "cache-mounts/abc",
        Type: "exec.cachemount",
        Mutable: true,
        Size: "8.192kB",
        Reclaimable: true,
      }),
    );
  });

  test("of an empty cache shows the header and zeros", async () => {
    rmSync(join(folder, "cache"), { recursive: true });
    expect((await tsbake("du")).stdout).toBe(
      "ID   RECLAIMABLE   SIZE   LAST ACCESSED\nReclaimable:\t0B\nTotal:\t\t0B\n",
    );
    expect((await tsbake("du", "--format=json")).stdout).toBe("");
  });

  test.each([
    [["du", "x"], "du takes no words, found x"],
    [["du", "--builder", "desktop"], "docker buildx du --builder desktop"],
    [["du", "--filter", "typ=regular"], 'unknown key "typ"'],
    [["du", "--filter", "constructor"], 'unknown key "constructor"'],
    [["du", "--filter", "toString=x"], 'unknown key "toString"'],
    [["du", "--filter", "inuse=constructor"], "neither true nor false"],
    [["du", "--filter", "until=soon"], '"soon" is no duration'],
    [["du", "--filter", "id=("], "no regular expression"],
    [["du", "--filter", "inuse=maybe"], "neither true nor false"],
    [["prune", "-f", "--max-used-space", "10XB"], 'flag --max-used-space: "10XB" is no size'],
    [["prune"], "add --force"],
    [["prune", "--force", "--builder", "tcp://host:1"], "docker buildx prune --builder tcp://host:1"],
  ])("%j is refused", async (words, message) => {
    const { code, stderr } = await tsbake(...words);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("prune", () => {
  test("removes all but internal records, and says what", async () => {
    const { code, stdout } = await tsbake("prune", "--force");
    expect(code).toBe(0);
    expect(stdout).toContain(`${contentId} `);
    expect(stdout).toMatch(/\nTotal:\t118\.8kB\n$/);
    expect((await tsbake("du")).stdout).toMatch(/^records\/slot /m);
    expect((await tsbake("prune", "-f", "-a")).stdout).toMatch(/\nTotal:\t4\.096kB\n$/);
    expect((await tsbake("prune", "-f", "-a")).stdout).toBe("Total:\t0B\n");
  });

  test("removes what is selected and no more", async () => {
    expect((await tsbake("prune", "-f", "--filter", "until=1h")).stdout).toBe("Total:\t0B\n");
    expect((await tsbake("prune", "-f", "--reserved-space", "1GB")).stdout).toBe("Total:\t0B\n");
    expect((await tsbake("prune", "-f", "--keep-storage", "1GB")).stdout).toBe("Total:\t0B\n");
    const { stdout } = await tsbake("prune", "-f", "--filter", "type=exec.cachemount", "--filter", "description~=npm");
    expect(stdout).toMatch(/^cache-mounts\/abc\* /m);
    expect((await tsbake("du")).stdout).toContain(contentId);
  });
});

describe("a filter", () => {
  const usage: Usage = {
    id: "abcdef",
    type: "regular",
    description: "RUN x",
    sizeBytes: 1,
    createdMs: 0,
    lastUsedMs: 1_000_000,
    shared: true,
    mutable: false,
    inUse: false,
  };
  test.each([
    ["id=bcd", true],
    ["id==bcd", false],
    ["id!=abcdef", false],
    ["id~=^abc", true],
    ["type=regular", true],
    ["type!=regular", false],
    ["description~=^RUN", true],
    ["description=RUN", false],
    ["inuse", false],
    ["inuse=false", true],
    ["inuse!=true", true],
    ["mutable", false],
    ["immutable", true],
    ["shared", true],
    ["private=0", true],
    ["until=1h", false],
    ["until=1000s", true],
    ["unused-for=16m", true],
  ])("%s lets a part through: %s", (filter, expected) => {
    expect(parseFilters([filter])(usage, 2_000_000)).toBe(expected);
  });

  test("of several needs all", () => {
    expect(parseFilters(["shared", "mutable"])(usage, 0)).toBe(false);
    expect(parseFilters([])(usage, 0)).toBe(true);
  });
});

test.each([
  [0, "less than a second ago"],
  [-5000, "less than a second ago"],
  [1000, "1 second ago"],
  [59_999, "59 seconds ago"],
  [60_000, "1 minute ago"],
  [3_600_000, "1 hour ago"],
  [47 * 3_600_000, "47 hours ago"],
  [48 * 3_600_000, "2 days ago"],
  [15 * 86_400_000, "2 weeks ago"],
  [90 * 86_400_000, "3 months ago"],
  [800 * 86_400_000, "2 years ago"],
])("%d milliseconds are told as %s", (ageMs, expected) => {
  expect(formatAge(ageMs)).toBe(expected);
});

test.each([
  ["24h", 86_400_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1500],
  ["", undefined],
  ["10", undefined],
  ["1d", undefined],
])("the age %j is %s", (text, expected) => {
  expect(parseAge(text)).toBe(expected);
});

test.each([
  ["512", 512],
  ["10kb", 10_240],
  ["1.5g", 1.5 * 1024 ** 3],
  ["2 GiB", 2 * 1024 ** 3],
  ["0", 0],
  ["10XB", undefined],
  ["-1", undefined],
  ["", undefined],
])("the size %j is %s bytes", (text, expected) => {
  const parsed = parseSize(text);
  expect(parsed.ok ? parsed.value : undefined).toBe(expected);
});

test.each([
  [0, "0B"],
  [999, "999B"],
  [4096, "4.096kB"],
  [12_345_678, "12.35MB"],
  [20e9, "20GB"],
])("%d bytes are shown as %s", (bytes, expected) => {
  expect(formatSize(bytes)).toBe(expected);
});
