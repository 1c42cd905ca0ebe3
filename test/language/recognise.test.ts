import { expect, test } from "vitest";
import { recognise } from "../../src/language/recognise.ts";

test.each([
  ["docker-bake.hcl", "services:\n  app: {}\n", "hcl"],
  ["<stdin>", 'target "app" {}\n', "hcl"],
  ["<stdin>", "services:\n  app:\n    build: .\n", "compose"],
  ["<stdin>", '{"services": {"app": {"build": "."}}}', "compose"],
  ["<stdin>", '{"target": {"app": {"args": {"services": "x"}}}}', "json"],
  ["<stdin>", 'target "app" {\n  dockerfile-inline = <<EOT\nservices: none\nEOT\n}\n', "hcl"],
  ["<stdin>", "[target.app]\ncontext = '.'\n", "toml"],
])("%s with %j is %s", (name, text, kind) => {
  expect(recognise({ name, text })).toBe(kind);
});
