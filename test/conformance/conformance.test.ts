/**
 * Build files with the real answers of `docker buildx bake --print` (README.md beside this file), run through the built command
 * line. The cases are data; the runner works on any command.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { execCase, judge, loadCases } from "./run.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "dist/cli/tsbake.cjs");
/** Each case has a home of its own; compiled code is kept in one place for all. */
const extraEnv = { TSBAKE_CACHE_DIR: join(root, "node_modules/.cache/tsbake") };
const cases = loadCases([join(root, "test/conformance/cases")]);

beforeAll(() => {
  if (!existsSync(program)) throw new Error("dist/ is missing: node .ci/prepare.mjs builds it");
});

test("the whole suite is here", () => {
  expect(cases.length).toBe(698);
});

describe.each([...new Set(cases.map(({ topic }) => topic))])("%s", (topic) => {
  const own = cases.filter((item) => item.topic === topic);
  test.concurrent.each(own.map((item) => [item.name, item] as const))("%s", async (_, item) => {
    const result = await execCase(item, [process.execPath, program, "print"], { extraEnv });
    expect(judge(item, result, { strictLines: true }).problems).toEqual([]);
  });
});
