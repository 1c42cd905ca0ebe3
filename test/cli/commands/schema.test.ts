import { expect, test } from "vitest";
import { runCommand } from "../run-command.ts";

test("schema prints a JSON Schema, and takes no words", async () => {
  const { code, stdout } = await runCommand(["schema"], { folder: "." });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" });
  expect((await runCommand(["schema", "x"], { folder: "." })).stderr).toContain("schema takes no words");
});
