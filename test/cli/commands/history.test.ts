import { expect, test } from "vitest";
import { runCommand } from "../run-command.ts";

test.each([
  [[], "history needs to know what to do", "one of ls, inspect, logs, rm"],
  [["log"], 'history cannot "log"', 'did you mean "logs"?'],
  [["rm"], "history rm needs a REF", "or --all"],
  [["toString"], 'history cannot "toString"', "one of ls, inspect, logs, rm"],
  [["rm", "abc", "--all"], "history rm takes REFs or --all, not both", "leave out one of them"],
  [["ls", "abc"], "history ls takes no abc", undefined],
  [["logs", "--no-trunc"], "history logs does not know the flag --no-trunc", "it is for history ls"],
])("history %j is refused", async (words, message, hint) => {
  const ran = await runCommand(["history", ...words], { folder: "/" });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toBe(`error: ${message}\n${hint === undefined ? "" : `  help: ${hint}\n`}`);
});

test("the embedded engine says that it remembers nothing", async () => {
  await expect(runCommand(["history", "ls", "--builder", "embedded"], { folder: "/" })).rejects.toMatchObject({
    code: "api/no-history",
    message: "the embedded engine keeps no record of past builds",
  });
});
