import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { problems } from "../../src/exporters/problems.ts";

/** A catalogue entry with made-up facts: only its code is of interest. */
function codeOf(make: (...facts: string[]) => { readonly code: string }): string {
  return make("a", "b", "c", "d").code;
}

test("every problem has an example that fails with it", async () => {
  const folder = new URL(".", import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter(
    (name) => name.endsWith(".test.ts") && name !== "problems.test.ts",
  );
  const tests = (await Promise.all(files.map((name) => readFile(new URL(name, folder), "utf8")))).join("\n");
  const codes = Object.values(problems).map((make) => codeOf(make));
  expect(codes.filter((code) => !tests.includes(`"${code}"`))).toEqual([]);
});
