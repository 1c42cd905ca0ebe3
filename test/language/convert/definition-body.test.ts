import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load } from "../../../src/api/load.ts";
import { hasErrors } from "../../../src/base/diagnostic.ts";
import type { Definition } from "../../../src/buildfile/definition.ts";
import { writeDefinition } from "../../../src/language/convert/convert.ts";
import { settingsOf } from "../../buildfile/definition/evaluate.ts";
import { loadCases } from "../../conformance/run.mjs";
import { createTempFolder } from "../../engine/temp-folder.ts";

const topics = ["28-compose", "29-compose-xbake", "27-attributes", "24-outputs", "25-caches", "26-secrets-ssh"];
const cases = loadCases([fileURLToPath(new URL("../../conformance/cases", import.meta.url))]).filter(({ topic }) =>
  topics.includes(topic),
);

/** The definition of files in a folder; undefined when something is wrong in them. */
async function definitionOf(files: Readonly<Record<string, unknown>>): Promise<Definition | undefined> {
  await using folder = await createTempFolder();
  for (const [name, text] of Object.entries(files)) {
    if (typeof text !== "string") continue;
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  const { value, diagnostics } = await load({ workingFolder: folder.path, environment: { HOME: "/home/ann" } });
  return hasErrors(diagnostics) ? undefined : value;
}

function comparable(definition: Definition | undefined): unknown {
  if (!definition) return undefined;
  return {
    targets: settingsOf(definition),
    groups: [...definition.groups.values()]
      .map(({ name, targets, description }) => [name, targets, description])
      .sort(),
  };
}

describe("a definition is written so that it is read as the same", () => {
  test.each(["hcl", "json", "toml"] as const)("as %s, for what compose files and others come to", async (to) => {
    let written = 0;
    for (const { name, files = {} } of cases) {
      const definition = await definitionOf(files);
      if (!definition) continue;
      const text = writeDefinition(definition, to);
      const again = await definitionOf({ [`bake.${to}`]: text });
      expect(comparable(again), `${name}\n${text}`).toEqual(comparable(definition));
      written++;
    }
    expect(written).toBeGreaterThan(80);
  });
});
