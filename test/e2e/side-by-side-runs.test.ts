/** How builds go, and how they fail, through `docker buildx bake` and through `tsbake build`, on one engine: steps, caches, refusals. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { type Programs, programsIn } from "./side-by-side/both.ts";
import { buildFile, type Row } from "./side-by-side/row.ts";
import { createSetting, type Setting } from "./side-by-side/setting.ts";

const lines = [
  "COPY seed.txt /",
  "RUN echo first > /first",
  "COPY changing.txt /",
  "RUN cat /seed.txt /changing.txt > /second",
  "FROM base AS last",
  "COPY --from=result /second /",
];

const rows: readonly Row[] = [
  { name: "steps", lines },
  { name: "steps-filtered", lines, target: ['no-cache-filter = ["result"]'] },
  { name: "steps-anew", lines, fresh: true },
];

/** What is refused by both. The words are those of the daemon or of the rule, which both are to tell. */
const refused: readonly (readonly [row: Row, words: RegExp])[] = [
  [
    { name: "index-annotation", lines, target: ['annotations = ["index:a=b"]'] },
    /index annotations not supported for single platform/,
  ],
  [
    { name: "insecure", lines: ["RUN --security=insecure true"], target: ['entitlements = ["security.insecure"]'] },
    /security\.insecure/,
  ],
  [
    {
      name: "rewritten-store",
      lines,
      target: ['output = ["type=image,name=example.test/a:1,rewrite-timestamp=true"]'],
    },
    /"?rewrite-timestamp"? conflicts with "?unpack/,
  ],
  [{ name: "no-stage", lines, target: ['target = "nowhere"'] }, /target stage "?nowhere"? could not be found/],
  [
    { name: "no-secret", lines: ["RUN --mount=type=secret,id=missing,required=true true"] },
    /secret missing: not found/,
  ],
  [{ name: "no-file", lines: ["COPY nowhere.txt /"] }, /"\/nowhere\.txt": not found/],
  [{ name: "no-dockerfile", target: ['dockerfile = "No.Dockerfile"'] }, /No\.Dockerfile/],
  [{ name: "step-fails", lines: ["RUN exit 7"] }, /exit code: 7/],
  [
    { name: "offline", lines: ["RUN wget -q -T 2 http://127.0.0.1:1/ || exit 9"], target: ['network = "none"'] },
    /exit code: 9/,
  ],
  [
    {
      name: "bad-level",
      lines,
      target: ['output = ["type=oci,dest=out/bad.tar,compression=gzip,compression-level=x"]'],
    },
    /compression-level/,
  ],
  [
    { name: "bad-compression", lines, target: ['output = ["type=oci,dest=out/bad.tar,compression=lzma"]'] },
    /compression/,
  ],
  [
    {
      name: "two-platforms-for-docker",
      lines,
      target: ['output = ["type=docker,dest=out/bad.tar"]', 'platforms = ["linux/amd64", "linux/arm64"]'],
    },
    /manifest lists|holds one platform/,
  ],
];

/** bake 0.29 fails here; the daemon can do it all. */
const oursOnly: readonly Row[] = [
  { name: "empty", target: ['dockerfile-inline = "FROM scratch\\n"'] },
  {
    name: "link-to-nothing",
    target: ['dockerfile-inline = "FROM up\\nCOPY seed.txt /\\n"', 'contexts = { up = "target:empty" }'],
  },
  { name: "docker-folder", lines, target: ['output = ["type=docker,dest=out/docker-folder,tar=false"]'] },
];

describeWithEngine("runs, side by side with buildx", { timeout: 120_000 }, (engine) => {
  let setting: Setting;
  let programs: Programs;

  beforeAll(async () => {
    // bake does not make the folders of archives.
    setting = await createSetting(engine, { "out/empty": "" });
    programs = programsIn({ engine, folder: setting.folder });
    const all = [...rows, ...refused.map(([row]) => row), ...oursOnly];
    await writeFile(join(setting.folder, "docker-bake.hcl"), buildFile(all));
  });
  afterAll(() => setting[Symbol.asyncDispose]());

  describe("the same steps, and of them the same from the cache", () => {
    /** `text`: what the file holds that the second step copies. */
    const stepsOf = async (run: Programs["buildx"], target: string, text: string): Promise<readonly string[]> => {
      await writeFile(join(setting.folder, "changing.txt"), `${setting.folder} ${text}`);
      const finished = await run("--progress=plain", target);
      expect(finished).toMatchObject({ code: 0 });
      return stepsIn(finished.stderr);
    };

    test("in a first build, in one like it, and in one after a change", async () => {
      const { buildx, tsbake } = programs;
      const first = await stepsOf(buildx, "steps", "0");
      // The base is in the cache from other tests.
      expect(first.filter((step) => step.endsWith("CACHED") && !step.startsWith("[base"))).toEqual([]);
      expect(await stepsOf(tsbake, "steps", "0")).toEqual(
        first.map((step) => (isStep(step) && !step.endsWith("CACHED") ? `${step} CACHED` : step)),
      );
      const changed = await stepsOf(buildx, "steps", "1");
      expect(changed.some((step) => step.endsWith("CACHED"))).toBe(true);
      expect(await stepsOf(tsbake, "steps", "2")).toEqual(changed);
    });

    test.each(["steps-filtered", "steps-anew"])("in %s", async (target) => {
      await stepsOf(programs.buildx, target, "3");
      const theirs = await stepsOf(programs.buildx, target, "3");
      expect(theirs.some((step) => isStep(step) && !step.endsWith("CACHED"))).toBe(true);
      expect(await stepsOf(programs.tsbake, target, "3")).toEqual(theirs);
    });
  });

  test.each(refused.map(([{ name }, words]) => [name, words] as const))("%s: both refuse", async (name, words) => {
    const [theirs, ours] = await Promise.all([programs.buildx(name), programs.tsbake(name)]);
    expect(theirs.code).not.toBe(0);
    expect(theirs.stderr).toMatch(words);
    expect(ours.code).not.toBe(0);
    expect(ours.stderr).toMatch(words);
  });

  test.each(oursOnly.slice(1))("$name: bake cannot, we can", async ({ name }) => {
    const [theirs, ours] = await Promise.all([programs.buildx(name), programs.tsbake(name)]);
    expect(theirs.code).toBe(1);
    expect(ours).toMatchObject({ code: 0 });
  });
});

function isStep(line: string): boolean {
  return !line.includes("internal]") && !line.includes("exporting");
}

/** The steps of one build's plain progress, sorted, with a word on those from the cache; without the names of targets, which bake leaves out for one. */
function stepsIn(stderr: string): readonly string[] {
  const names = new Map<string, string>();
  const cached = new Set<string>();
  for (const [, number = "", rest = ""] of stderr.matchAll(/^#(\d+) (?:\[steps[a-z-]*\] )?(.*)$/gm)) {
    const isName = /^\[.+\] |^exporting to /.test(rest) && !rest.endsWith("load local bake definitions");
    if (isName && !names.has(number)) names.set(number, rest.trimEnd());
    if (rest === "CACHED") cached.add(number);
  }
  return [...names].map(([number, name]) => (cached.has(number) ? `${name} CACHED` : name)).sort();
}
