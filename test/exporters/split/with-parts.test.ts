import { expect, test } from "vitest";
import type { ExporterPort, PreparedExport } from "../../../src/execute/ports.ts";
import { withParts } from "../../../src/exporters/split/with-parts.ts";

const port: ExporterPort = { prepare: () => Promise.reject(new Error("nothing is prepared here")) };

function partOf(attributes: Readonly<Record<string, string>>): ReadonlyMap<string, string> | undefined {
  const prepared: PreparedExport = {
    exporter: "image",
    attributes: new Map(Object.entries(attributes)),
    sink: { kind: "none" },
    publish: async () => [],
    discard: async () => {},
  };
  return withParts(port, () => Promise.reject(new Error("nothing is pushed here"))).partOf?.(prepared).attributes;
}

test.each(["true", "1", "TRUE", "t", ""])("a part that is pushed with push=%j has no tag of its own", (push) => {
  const attributes = partOf({ name: "example.test/app:1, example.test/app:2", push, unpack: "true" });
  expect(Object.fromEntries(attributes ?? [])).toEqual({
    name: "example.test/app",
    push,
    "push-by-digest": "true",
    store: "false",
  });
});

test.each(["false", "0"])("a part that is not pushed with push=%j keeps its name", (push) => {
  expect(partOf({ name: "app:1", push })?.get("name")).toBe("app:1");
});
