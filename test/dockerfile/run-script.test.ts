import { expect, test } from "vitest";
import { runScript } from "../../src/dockerfile/run-script.ts";
import { instruction } from "./parsing.ts";

test.each([
  ["RUN a b", { kind: "command", command: { form: "shell", text: "a b" } }],
  ['RUN ["a"]', { kind: "command", command: { form: "exec", arguments: ["a"] } }],
  ["RUN <<EOF\na $b\nEOF", { kind: "command", command: { form: "shell", text: "a $b\n" } }],
  ["RUN <<-EOF\n\ta\n\tEOF", { kind: "command", command: { form: "shell", text: "a\n" } }],
  ["RUN <<X\n#!/bin/awk\nX", { kind: "file", name: "X", body: "#!/bin/awk\n" }],
  [
    "RUN cat <<-A && cat <<B\n\tx\nA\ny\nB",
    { kind: "command", command: { form: "shell", text: "cat <<-A && cat <<B\n\tx\nA\ny\nB" } },
  ],
  ["RUN --network=none <<X sh\n#!a\nX", { kind: "command", command: { form: "shell", text: "<<X sh\n#!a\nX" } }],
])("%j", (text, expected) => {
  expect(runScript(instruction("RUN", text))).toEqual(expected);
});

test("a script with #! is text on Windows", () => {
  expect(runScript(instruction("RUN", "RUN <<X\n#!a\nX"), "windows").kind).toBe("command");
});
