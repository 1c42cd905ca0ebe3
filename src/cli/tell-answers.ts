/** Shows what frontends answered, and works out the exit status they ask for. */
import type { RunResult } from "../execute/run.ts";
import type { Plan } from "../plan/plan.ts";
import { answersOf, onlyAsks } from "../report/answers/answer.ts";
import { answersAsJson, renderAnswers, statusOfAnswers } from "../report/answers/render-answers.ts";
import { callOf } from "./call-flag.ts";
import type { Host } from "./command.ts";
import type { ExitCode } from "./exit-code.ts";
import type { ParsedFlags } from "./flag.ts";
import { styleFor } from "./style.ts";

export interface AnswersTold {
  /** What the frontends want the program to end with. */
  readonly status: ExitCode;
  /** Standard output holds a JSON document, and takes no other. */
  readonly tookStdout: boolean;
}

/** On standard output; text makes way to the error stream where `--json` has the builds' results there. */
export async function tellAnswers(plan: Plan, result: RunResult, flags: ParsedFlags, host: Host): Promise<AnswersTold> {
  const { format, ignoreStatus } = callOf(flags);
  const answers = answersOf(plan, result.outcomes);
  const status = statusOfAnswers(answers, { ignoreStatus });
  const jsonElsewhere = flags.switch("json") === true && !onlyAsks(plan);
  if (format === "json" || (flags.switch("json") === true && !jsonElsewhere)) {
    host.stdout.write(answersAsJson(plan, answers));
    return { status, tookStdout: true };
  }
  const stream = jsonElsewhere ? host.stderr : host.stdout;
  stream.write(renderAnswers(answers, await styleFor(stream, host.environment)));
  return { status, tookStdout: false };
}
