/** COPY and ADD. */
import type { AddInstruction, CopyInstruction, Heredoc, Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import { heredocOf } from "../syntax/heredoc.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { readList } from "./command-line.ts";
import { baseOf, type Context, keywordSpan } from "./context.ts";
import { type Flags, readFlags } from "./flags.ts";

export function buildCopy(statement: Statement, context: Context): CopyInstruction | undefined {
  const flags = readFlags(
    statement,
    { from: "text", chown: "text", chmod: "text", link: "boolean", parents: "boolean", exclude: "list" },
    context,
  );
  const places = readPlaces(statement, context);
  const from = flags.text("from");
  if (places === undefined) return undefined;
  return {
    keyword: "COPY",
    ...baseOf(statement),
    ...places,
    ...attributes(flags),
    parents: flags.truth("parents") ?? false,
    // `--from=` is as good as none.
    ...(from && from.text !== "" && { from }),
  };
}

export function buildAdd(statement: Statement, context: Context): AddInstruction | undefined {
  const flags = readFlags(
    statement,
    {
      chown: "text",
      chmod: "text",
      link: "boolean",
      exclude: "list",
      checksum: "text",
      "keep-git-dir": "boolean",
      unpack: "boolean",
    },
    context,
  );
  const places = readPlaces(statement, context);
  const checksum = flags.text("checksum");
  const unpack = flags.truth("unpack");
  if (places === undefined) return undefined;
  return {
    keyword: "ADD",
    ...baseOf(statement),
    ...places,
    ...attributes(flags),
    parents: false,
    keepGitDir: flags.truth("keep-git-dir") ?? false,
    ...(checksum && checksum.text !== "" && { checksum }),
    ...(unpack !== undefined && { unpack }),
  };
}

function attributes(flags: Flags<"chown" | "chmod" | "link" | "exclude">) {
  const owner = flags.text("chown");
  const mode = flags.text("chmod");
  return {
    link: flags.truth("link") ?? false,
    excludes: flags.list("exclude"),
    ...(owner && owner.text !== "" && { owner }),
    ...(mode && mode.text !== "" && { mode }),
  };
}

type Places = Pick<CopyInstruction, "sources" | "destination">;

function readPlaces(statement: Statement, context: Context): Places | undefined {
  const name = statement.keyword.text.toUpperCase();
  const words = readList(statement.rest, context);
  if (words === undefined) return undefined;
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    const message = `${name} needs ${words.length === 0 ? "something to copy and " : ""}a destination`;
    const span = destination?.span ?? keywordSpan(statement);
    context.problems.add(
      problem("dockerfile/missing-destination", span, message, { hint: `write ${name} SOURCE... DESTINATION` }),
    );
    return undefined;
  }
  if (heredocOf(destination.text) !== undefined) {
    context.problems.add(
      problem("dockerfile/heredoc-destination", destination.span, `${name} cannot write to a heredoc`, {
        hint: "the last word is the path of the file, or of its folder with a / at the end",
      }),
    );
  }
  const heredocs = new Map(statement.heredocs.map((heredoc) => [heredoc.name, heredoc]));
  return { sources: words.slice(0, -1).map((word) => sourceOf(word, heredocs)), destination };
}

/** Of two heredocs of one name, both places get the last. In JSON form nothing is read, and the file is empty. */
function sourceOf(word: Word, heredocs: ReadonlyMap<string, Heredoc>): Word | { readonly heredoc: Heredoc } {
  const opening = heredocOf(word.text);
  if (opening === undefined) return word;
  const read = heredocs.get(opening.name);
  return { heredoc: { body: "", span: word.span, ...read, ...opening } };
}
