/** FROM: where a stage begins. */
import type { Stage } from "../dockerfile.ts";
import type { Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { spanOf } from "../syntax/text.ts";
import { splitWords } from "../syntax/words.ts";
import { baseOf, type Context, keywordSpan, wordOf } from "./context.ts";
import { readFlags } from "./flags.ts";

/** The stage without its instructions. There always is one, so that what follows has a place. */
export function buildFrom(statement: Statement, index: number, context: Context): Omit<Stage, "instructions"> {
  const flags = readFlags(statement, { platform: "text" }, context);
  const words = splitWords(statement.rest);
  const [from, as, written] = words.map(wordOf);
  const wellFormed = words.length === 1 || (words.length === 3 && as?.text.toLowerCase() === "as");
  if (!wellFormed) tellArguments(statement, words.map(wordOf), context);
  const name = wellFormed ? written : undefined;
  if (name !== undefined) checkName(name, context);
  const platform = flags.text("platform");
  const comment = name && describing(statement.comments, name.text.toLowerCase());
  return {
    index,
    from: from ?? { text: "", span: keywordSpan(statement) },
    ...baseOf(statement),
    ...(name && { name: name.text }),
    ...(platform && platform.text !== "" && { platform }),
    ...(comment !== undefined && { comment }),
  };
}

/** What comments say of a name: `name text`. */
export function describing(comments: readonly string[] | undefined, name: string): string | undefined {
  const found = comments?.find((comment) => comment.startsWith(`${name} `));
  return found?.slice(name.length + 1);
}

function tellArguments(statement: Statement, [from, as, name]: readonly Word[], { problems }: Context): void {
  const tell = (word: Word | undefined, message: string, hint: string) =>
    problems.add(problem("dockerfile/from-arguments", word?.span ?? keywordSpan(statement), message, { hint }));
  if (from === undefined) tell(undefined, "FROM names no image", "write FROM IMAGE, or FROM scratch");
  else if (as === undefined || as.text.toLowerCase() !== "as") {
    tell(as, `FROM does not know what to do with "${as?.text}"`, `to name the stage, write FROM ${from.text} AS NAME`);
  } else if (name === undefined) tell(as, "AS is not followed by a name", `write FROM ${from.text} AS NAME`);
  else {
    const after = { ...name, span: spanOf(statement.rest, statement.rest.text.indexOf(name.text)) };
    tell(after, "the name of a stage is one word, and the last of FROM", `write FROM ${from.text} AS ${name.text}`);
  }
}

function checkName({ text, span }: Word, { problems }: Context): void {
  if (/^[a-z][a-z0-9\-_.]*$/.test(text.toLowerCase())) return;
  problems.add(
    problem("dockerfile/invalid-stage-name", span, `${JSON.stringify(text)} cannot be the name of a stage`, {
      hint: "begin with a letter; letters, digits, - _ and . may follow",
    }),
  );
}
