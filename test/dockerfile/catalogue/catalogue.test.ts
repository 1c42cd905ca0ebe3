import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ignoreFilter } from "../../../src/dockerfile/ignore/ignore-filter.ts";
import { dockerfileHelp } from "../../../src/dockerfile/problems.ts";
import { problemsOf } from "../parsing.ts";
import { renderDocument } from "./document.ts";
import { entries } from "./entries.ts";

describe("an example yields its code and no other, with a place and a way out", () => {
  test.each(Object.entries(entries))("%s", (code, { example }) => {
    const ignored = code === "dockerfile/invalid-ignore-pattern";
    const found = ignored ? ignoreFilter({ name: ".dockerignore", text: example }).diagnostics : problemsOf(example);
    expect([...new Set(found.map((diagnostic) => diagnostic.code))]).toEqual([code]);
    for (const { span, hint, related, message } of found) {
      expect(span).toBeDefined();
      expect(hint ?? related).toBeDefined();
      expect(message).not.toMatch(/\.$|undefined/);
    }
  });
});

test("every code that the sources name is in the catalogue", () => {
  const folder = fileURLToPath(new URL("../../../src/dockerfile", import.meta.url));
  const texts = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const named = texts.flatMap((text) => text.match(/(?<=")dockerfile\/[a-z-]+(?=")/g) ?? []);
  expect([...new Set(named)].sort()).toEqual(Object.keys(dockerfileHelp).sort());
});

test("docs/dockerfile.md says what the room does", async () => {
  await expect(renderDocument()).toMatchFileSnapshot("../../../docs/dockerfile.md");
});
