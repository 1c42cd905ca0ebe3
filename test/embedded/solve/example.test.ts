import { cp, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openEmbeddedFolder } from "./embedded-build.ts";

const example = fileURLToPath(new URL("../../../examples/embedded", import.meta.url));

test("the example of the embedded engine builds without daemon and network", async () => {
  await using folder = await openEmbeddedFolder();
  await cp(example, folder.path, { recursive: true });
  const { outcomes } = await folder.run({ environment: { EDITION: "first" } });
  expect(outcomes).toMatchObject({ "site#0": "done", "site#1": "cached" });
  expect(await readFile(join(folder.path, "out/site/srv/edition.txt"), "utf8")).toBe("This is the first edition.\n");
  expect((await stat(join(folder.path, "out/site/srv/style.css"))).isFile()).toBe(true);
  expect((await stat(join(folder.path, "out/site.tar"))).size).toBeGreaterThan(0);
});
