/** ONBUILD. */
import type { OnbuildInstruction } from "../instruction.ts";
import { problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { splitCommand } from "../syntax/split-command.ts";
import { spanOf } from "../syntax/text.ts";
import { baseOf, type Context, onlyArgument } from "./context.ts";
import { readFlags } from "./flags.ts";

/** What is wrong with a trigger as soon as it is read; all else first tells where it is triggered. */
const wrongAtOnce = new Set(["dockerfile/array-not-strings", "dockerfile/missing-equals", "dockerfile/missing-value"]);

export function buildOnbuild(statement: Statement, context: Context): OnbuildInstruction | undefined {
  readFlags(statement, {}, context);
  if (onlyArgument(statement, context, "ONBUILD COPY . /app") === undefined) return undefined;
  const { keyword } = splitCommand(statement.rest, context.escape);
  const name = keyword.text.toUpperCase();
  if (name === "ONBUILD" || name === "FROM" || name === "MAINTAINER") {
    const message = name === "ONBUILD" ? "ONBUILD cannot follow ONBUILD" : `${name} cannot follow ONBUILD`;
    const hint = "write another instruction, for example RUN or COPY";
    context.problems.add(problem("dockerfile/onbuild-forbidden", spanOf(keyword), message, { hint }));
    return undefined;
  }
  const trigger = triggerOf(statement);
  checkTrigger(statement, trigger, context);
  return { keyword: "ONBUILD", trigger, ...baseOf(statement) };
}

/** As the image's configuration keeps it: with the heredocs on lines of their own. */
function triggerOf({ text, heredocs }: Statement): string {
  const instruction = text.line.text.replace(/^[\t\n\f\r ]*onbuild[\t\n\f\r ]*/i, "");
  return instruction + heredocs.map(({ raw, body, name }) => `\n${raw ?? body}${name}`).join("");
}

function checkTrigger(statement: Statement, trigger: string, { problems, checkTrigger: check }: Context): void {
  const found = check(trigger).find((diagnostic) => diagnostic.severity === "error");
  if (found === undefined) return;
  const span = spanOf(statement.rest);
  problems.add(
    wrongAtOnce.has(found.code)
      ? { ...found, span }
      : problem("dockerfile/broken-trigger", span, `builds from this image will fail: ${found.message}`, {
          hint: found.hint,
        }),
  );
}
