import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../cli/run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("the build file of docs/exporters.md has nothing to complain of", async () => {
  const text = await readFile(new URL("../../docs/exporters.md", import.meta.url), "utf8");
  const [, content = ""] = /^```hcl title="bake\.hcl"\n([\s\S]*?)^```$/m.exec(text) ?? [];
  const folder = await temporaryFolder();
  await writeFile(join(folder, "bake.hcl"), content);
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY bake.hcl /\n");
  const printed = await runCommand(["print", "app"], { folder, environment: {} });
  expect(printed.stderr).toBe("");
  expect(JSON.parse(printed.stdout)).toMatchObject({
    target: { app: { output: [{ type: "registry" }, { type: "oci", compression: "zstd" }, { type: "local" }] } },
  });
  const checked = await runCommand(["check"], { folder, environment: {} });
  expect(`${checked.stdout}${checked.stderr}`).not.toMatch(/error|warning/);
});
