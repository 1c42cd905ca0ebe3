import { expect, test } from "vitest";
import { readScanDocuments, type ScanDocument } from "../../../src/engine/scan/scan-document.ts";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { file, folder, link, requestOf, StandInLayers } from "../../exporters/embedded/stand-in.ts";
import { temporaryFolder } from "../../exporters/temporary-folder.ts";

const predicateType = "https://spdx.dev/Document";

function statement(predicate: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ _type: "https://in-toto.io/Statement/v0.1", predicateType, predicate, ...more });
}

/** What a scanner left behind, its output folder and those above it included. */
async function read(...entries: readonly TreeEntry[]): Promise<readonly ScanDocument[]> {
  const layers = new StandInLayers(await temporaryFolder());
  const layer = await layers.add(folder("run"), folder("run/out"), ...entries);
  const { store, signal } = requestOf(layers, [], { exporter: "oci", sink: { kind: "none" } });
  return readScanDocuments(layer, { reference: "x/y:1", parameters: new Map() }, { layers, store }, signal);
}

test("what a scanner has written is read, that of the result first", async () => {
  const found = await read(
    file("run/out/a.json", statement({ name: "a" })),
    file(
      "run/out/sbom-context.spdx.json",
      statement({ name: "context" }, { subject: [{ digest: { sha256: "00", x: 1 } }] }),
    ),
    file("run/out/sbom.spdx.json", statement({ name: "core" })),
    folder("var"),
    file("var/trace", "no document"),
  );
  expect(found.map(({ file: name, isCore }) => [name, isCore])).toEqual([
    ["sbom.spdx.json", true],
    ["a.json", false],
    ["sbom-context.spdx.json", false],
  ]);
  expect(found.map(({ predicate }) => predicate)).toEqual([{ name: "core" }, { name: "a" }, { name: "context" }]);
  expect(found[2]?.subjects).toEqual([{ name: "_", digest: new Map([["sha256", "00"]]) }]);
});

test.each([
  ["nothing", [], "it has written nothing"],
  ["text", [file("run/out/x.json", "no JSON")], "x.json is no in-toto statement"],
  ["a statement about nothing", [file("run/out/x.json", '{"predicateType":"a"}')], "x.json is no in-toto statement"],
  [
    "a statement of another kind",
    [file("run/out/x.json", statement({}, { predicateType: "p" }))],
    'x.json is about "p"',
  ],
  ["a link", [link("run/out/x.json", "/etc/passwd")], "x.json is not a file"],
  ["a folder", [folder("run/out/x")], "x is not a file"],
] as const)("a scanner that has written %s does not keep to the protocol", async (_, entries, why) => {
  await expect(read(...entries)).rejects.toMatchObject({
    code: "build/bad-scanner",
    message: expect.stringContaining(why),
  });
});
