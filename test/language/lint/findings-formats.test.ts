import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/base/diagnostic.ts";
import { findingsAsJson } from "../../../src/language/lint/findings-json.ts";
import { findingsAsSarif } from "../../../src/language/lint/findings-sarif.ts";

const source = { name: "services/my app/docker-bake.hcl", text: 'a = "😀"; b = 1\n' };
const finding: Diagnostic = {
  code: "lint/unused-global",
  severity: "warning",
  message: 'nothing uses "b"',
  span: { source, start: 10, end: 11 },
  related: [{ message: "after this", span: { source, start: 0, end: 8 } }],
  hint: "remove it",
};
const placeless: Diagnostic = { code: "plan/target-not-found", severity: "error", message: "there is no target" };

test("JSON counts characters as people see them", () => {
  const file = source.name;
  expect(findingsAsJson([finding, placeless])).toEqual([
    {
      code: "lint/unused-global",
      severity: "warning",
      message: 'nothing uses "b"',
      hint: "remove it",
      place: { file, line: 1, column: 10, endLine: 1, endColumn: 11 },
      related: [{ message: "after this", file, line: 1, column: 1, endLine: 1, endColumn: 8 }],
    },
    { code: "plan/target-not-found", severity: "error", message: "there is no target" },
  ]);
});

test("SARIF counts UTF-16 code units, as it says", () => {
  const uri = "services/my%20app/docker-bake.hcl";
  expect(findingsAsSarif([finding, placeless], "1.2.3")).toEqual({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "tsbake",
            version: "1.2.3",
            rules: [
              {
                id: "lint/unused-global",
                shortDescription: { text: "An attribute at the top level that nothing in use reads." },
              },
              { id: "plan/target-not-found" },
            ],
          },
        },
        columnKind: "utf16CodeUnits",
        results: [
          {
            ruleId: "lint/unused-global",
            ruleIndex: 0,
            level: "warning",
            message: { text: 'nothing uses "b". Help: remove it' },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri },
                  region: { startLine: 1, startColumn: 11, endLine: 1, endColumn: 12 },
                },
              },
            ],
            relatedLocations: [
              {
                id: 0,
                message: { text: "after this" },
                physicalLocation: {
                  artifactLocation: { uri },
                  region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 9 },
                },
              },
            ],
          },
          { ruleId: "plan/target-not-found", ruleIndex: 1, level: "error", message: { text: "there is no target." } },
        ],
      },
    ],
  });
});
