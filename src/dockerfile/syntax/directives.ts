/** The comments at the top that are none: `# syntax=`, `# escape=`, `# check=`. */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import type { Source, Span } from "../../base/span.ts";
import type { Directives } from "../dockerfile.ts";
import type { Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import { leadingSpace, trimSpace } from "./characters.ts";

export interface DirectivesRead {
  readonly directives: Directives;
  /** Where the first line begins that is none. */
  readonly end: number;
}

interface Draft {
  syntax?: Word;
  escape?: Word;
  check?: Word;
}

/** The first word after the sign is the value of `syntax` and `check`; a line `#!` may stand before those two. */
export function readDirectives(source: Source, problems: DiagnosticList): DirectivesRead {
  const shebang = /^\ufeff?#![^\n]*(?:\n|$)/.exec(source.text)?.[0].length ?? 0;
  const draft: Draft = {};
  const mark = source.text.startsWith("\ufeff") ? 1 : 0;
  let end = shebang === 0 ? mark : shebang;
  for (;;) {
    const found = directiveAt(source, end);
    if (found === undefined) break;
    if (draft[found.name] !== undefined) {
      problems.add(
        problem("dockerfile/repeated-directive", found.line, `the directive "${found.name}" stands here twice`, {
          related: [{ message: "first given here", span: draft[found.name]?.span ?? found.line }],
        }),
      );
    } else if (found.name === "escape" || !found.indented) draft[found.name] = found.value;
    end = found.next;
  }
  const { syntax, check } = draft;
  const sign = shebang === 0 ? escapeOf(draft.escape, problems) : "\\";
  return {
    directives: {
      escape: sign,
      ...(syntax && { syntax: firstWord(syntax) }),
      ...(check && { check: firstWord(check) }),
    },
    // After a shebang they are comments to all the rest.
    end: shebang === 0 ? end : mark,
  };
}

interface Found {
  readonly name: keyof Draft;
  readonly value: Word;
  readonly line: Span;
  readonly indented: boolean;
  readonly next: number;
}

function directiveAt(source: Source, start: number): Found | undefined {
  const newline = source.text.indexOf("\n", start);
  const next = newline === -1 ? source.text.length : newline + 1;
  const line = source.text.slice(start, next).replace(/[\r\n]+$/, "");
  const indent = leadingSpace(line);
  const match = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/.exec(line.slice(indent));
  const name = match?.[1]?.toLowerCase();
  if (match === null || (name !== "syntax" && name !== "escape" && name !== "check")) return undefined;
  const written = match[2] ?? "";
  const text = trimSpace(written);
  const at = start + line.length - written.length;
  return {
    name,
    value: { text, span: { source, start: at, end: at + text.length } },
    line: { source, start: start + indent, end: at + text.length },
    indented: indent > 0,
    next,
  };
}

function escapeOf(written: Word | undefined, problems: DiagnosticList): string {
  if (written === undefined || written.text === "\\" || written.text === "`") return written?.text ?? "\\";
  problems.add(
    problem(
      "dockerfile/invalid-escape",
      written.span,
      `${JSON.stringify(written.text)} cannot be the escape character`,
      {
        hint: "it is a backslash, which needs no directive, or a backtick: # escape=`",
      },
    ),
  );
  return "\\";
}

function firstWord({ text, span }: Word): Word {
  const [first = ""] = text.split(" ", 1);
  return { text: first, span: { ...span, end: span.start + first.length } };
}
