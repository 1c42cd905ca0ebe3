/** Commands: `RUN make` for the shell, `RUN ["make"]` as it is. */
import type { Command, Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import { readJsonArray } from "../syntax/json-array.ts";
import { spanOf, type Text } from "../syntax/text.ts";
import { splitWords } from "../syntax/words.ts";
import { type Context, wordOf } from "./context.ts";

/** JSON that is not well-formed is text for the shell. Undefined, and told: an array of other things than strings. */
export function readCommand(text: Text, context: Context): Command | undefined {
  const array = readJsonArray(text);
  if (array.kind === "no") return { form: "shell", text: text.text };
  if (array.kind === "array") return { form: "exec", arguments: array.items.map((item) => item.value) };
  tellMixed(text, context);
  return undefined;
}

/** Words, or the strings of a JSON array. */
export function readList(text: Text, context: Context): readonly Word[] | undefined {
  const array = readJsonArray(text);
  if (array.kind === "no") return splitWords(text).map(wordOf);
  if (array.kind === "array") return array.items.map((item) => ({ text: item.value, span: spanOf(item.text) }));
  tellMixed(text, context);
  return undefined;
}

function tellMixed(text: Text, { problems }: Context): void {
  problems.add(
    problem("dockerfile/array-not-strings", spanOf(text), "the array holds something that is no string", {
      hint: "put each item in double quotes",
    }),
  );
}
