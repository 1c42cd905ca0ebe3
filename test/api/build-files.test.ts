import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { load } from "../../src/api/load.ts";
import { createTempFolder } from "../engine/temp-folder.ts";

test.each([
  ["a folder", ["services"], "build file services cannot be read: it is a folder; name a file in it"],
  ["a file that is missing", ["nope.hcl"], "build file nope.hcl does not exist"],
  ["an empty file", ["empty.hcl"], "couldn't find a bake definition: empty.hcl is empty"],
  ["empty files", ["empty.hcl", "empty.json"], "couldn't find a bake definition: empty.hcl and empty.json are empty"],
  ["no file where there is none", [], "couldn't find a bake definition: there is no build file here"],
])("%s as build file is told as what it is", async (_, files, message) => {
  await using folder = await createTempFolder();
  mkdirSync(join(folder.path, "services"));
  for (const name of ["empty.hcl", "empty.json"]) writeFileSync(join(folder.path, name), "");
  const { diagnostics } = await load({ files, workingFolder: folder.path, environment: {} });
  expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual([message]);
});
