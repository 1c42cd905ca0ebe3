import { describe, expect, test } from "vitest";
import { parseInstruction } from "../../src/dockerfile/parse.ts";
import { instruction, parsed, problemsOf, summary } from "./parsing.ts";

const originalsOf = (text: string) =>
  parsed(text).stages.flatMap((stage) => stage.instructions.map((one) => one.original));
const spanned = (text: string) =>
  parsed(text).stages.flatMap((stage) => stage.instructions.map(({ span }) => text.slice(span.start, span.end)));

describe("lines", () => {
  test.each([
    ["continuations are joined, keeping indentation", "RUN a \\\n  b\\\nc", ["RUN a   bc"]],
    ["comments inside continuations vanish, indented ones too", "RUN a \\\n# x\n  # y\n  b", ["RUN a   b"]],
    ["empty lines inside continuations vanish", "RUN a \\\n\n   \n  b", ["RUN a   b"]],
    ["white space after the continuation character is nothing", "RUN a \\ \t\n  b", ["RUN a   b"]],
    ["a doubled escape character continues nothing", "RUN a \\\\\nRUN b", ["RUN a \\\\", "RUN b"]],
    ["a continuation on its own goes on", "\\\nRUN a", ["RUN a"]],
    ["line breaks of Windows", "RUN a \\\r\n  b\r\nRUN c\r\n", ["RUN a   b", "RUN c"]],
    ["keywords in any case", "run a\nRuN b", ["run a", "RuN b"]],
    ["tabs after the keyword", "RUN\t\ta", ["RUN\t\ta"]],
    ["a file may end in a continuation", "RUN a \\", ["RUN a"]],
  ])("%s", (_, text, expected) => {
    expect(originalsOf(`FROM scratch\n${text}`)).toEqual(expected);
  });

  test("a byte order mark is no text", () => {
    expect(parsed("\ufeffFROM scratch\n").stages[0]?.from.text).toBe("scratch");
  });

  test("the span of an instruction holds all its lines", () => {
    const text = "FROM scratch\nRUN a \\\n # c\n b\nCOPY <<A <<B /x/\n1\nA\n2\nB\nRUN z";
    expect(spanned(text)).toEqual(["RUN a \\\n # c\n b", "COPY <<A <<B /x/\n1\nA\n2\nB", "RUN z"]);
  });

  test("words know their place on continued lines", () => {
    const text = "FROM scratch\nCOPY a \\\n  b \\\n  /c/\n";
    const [copy] = parsed(text).stages[0]?.instructions ?? [];
    if (copy?.keyword !== "COPY") throw new Error("no COPY");
    const places = [...copy.sources, copy.destination].map(
      (word) => "span" in word && text.slice(word.span.start, word.span.end),
    );
    expect(places).toEqual(["a", "b", "/c/"]);
  });

  test("empty lines in continuations are remembered by the last line of the instruction", () => {
    const text = "FROM scratch\nRUN a \\\n\n b\nRUN c";
    expect(parsed(text).emptyContinuations?.map((span) => text.slice(span.start, span.end))).toEqual([" b"]);
  });
});

describe("directives", () => {
  test.each([
    ["# syntax=docker/dockerfile:1 x\nFROM a", { syntax: "docker/dockerfile:1", escape: "\\" }],
    ["#syntax = a\n# ESCAPE=`\nFROM a", { syntax: "a", escape: "`" }],
    ["# check=skip=all\nFROM a", { check: "skip=all", escape: "\\" }],
    ["# a comment\n# escape=`\nFROM a", { escape: "\\" }],
    ["\n# escape=`\nFROM a", { escape: "\\" }],
    ["# unknown=1\n# escape=`\nFROM a", { escape: "\\" }],
    ["#!/usr/bin/env x\n# syntax=a\nFROM a", { syntax: "a", escape: "\\" }],
    ["\ufeff# syntax=a\nFROM a", { syntax: "a", escape: "\\" }],
  ])("%j", (text, { syntax, check, escape: sign }: { syntax?: string; check?: string; escape: string }) => {
    const { directives } = parsed(text);
    expect([directives.syntax?.text, directives.check?.text, directives.escape]).toEqual([syntax, check, sign]);
  });

  test("a backtick continues lines where it is the escape character", () => {
    expect(originalsOf("# escape=`\nFROM scratch\nRUN a `\n b\nCOPY c:\\ d:\\\n")).toEqual([
      "RUN a  b",
      "COPY c:\\ d:\\",
    ]);
  });
});

describe("stages", () => {
  test("have a name, a platform, and what is said of them", () => {
    const text = "ARG A=1\n# other\n# web serves\nFROM --platform=$BUILDPLATFORM a:1 as Web\nFROM web\nRUN x\n";
    const { globals, stages } = parsed(text);
    expect(globals[0]?.items[0]).toMatchObject({ name: "A", value: "1" });
    expect(stages).toMatchObject([
      {
        index: 0,
        name: "Web",
        from: { text: "a:1" },
        platform: { text: "$BUILDPLATFORM" },
        comment: "serves",
        instructions: [],
      },
      { index: 1, from: { text: "web" }, original: "FROM web", instructions: [{ keyword: "RUN" }] },
    ]);
  });
});

describe("flags", () => {
  test.each([
    [
      "COPY --from=a --chown=1:2 --link --exclude=x --exclude=y b c",
      { from: "a", owner: "1:2", link: true, excludes: ["x", "y"] },
    ],
    [`COPY --from="a b" --link=false b c`, { from: "a b", link: false }],
    ["COPY --chown=a\\ b b c", { owner: "a b" }],
    ["COPY --link -- --b c", { link: true, sources: ["--b"] }],
    ["COPY --chmod='7'55 a b", { mode: "755" }],
    ["COPY --parents=TRUE a b", { parents: true }],
  ])("%s", (text, expected: Record<string, unknown>) => {
    const copy = instruction("COPY", text);
    const seen = {
      from: copy.from?.text,
      owner: copy.owner?.text,
      mode: copy.mode?.text,
      link: copy.link,
      parents: copy.parents,
      excludes: copy.excludes.map((word) => word.text),
      sources: copy.sources.map((source) => ("text" in source ? source.text : source.heredoc.name)),
    };
    expect(seen).toMatchObject(expected);
  });
});

describe("JSON form", () => {
  test.each([
    ['RUN ["a", "b c"]', { form: "exec", arguments: ["a", "b c"] }],
    ['RUN [ "\\u0041" ]', { form: "exec", arguments: ["A"] }],
    ['RUN ["a"] x', { form: "shell", text: '["a"] x' }],
    ["RUN ['a']", { form: "shell", text: "['a']" }],
    ['RUN ["a",]', { form: "shell", text: '["a",]' }],
    ["RUN []", { form: "exec", arguments: [] }],
    ["RUN", { form: "shell", text: "" }],
    ['RUN ["a", \\\n "b"]', { form: "exec", arguments: ["a", "b"] }],
    ['RUN ["\\ud800"]', { form: "exec", arguments: ["\ufffd"] }],
  ])("%s", (text, command) => {
    expect(instruction("RUN", text).command).toEqual(command);
  });
});

describe("names and values", () => {
  test.each([
    ['ENV a=1 b="2 3" c=4\\ 5', false, ["a=1", 'b="2 3"', "c=4\\ 5"]],
    ["ENV a   b  c ", true, ["a=b  c"]],
    ["ENV a=", false, ["a="]],
    [`ENV a='x y'"z w" b=`, false, [`a='x y'"z w"`, "b="]],
    ["ENV a=b=c", false, ["a=b=c"]],
    ["ENV a=1 \\\n  b=2", false, ["a=1", "b=2"]],
    ["ENV a=1\\", false, ["a=1"]],
  ])("%s", (text, legacy, pairs) => {
    const env = instruction("ENV", text);
    expect([env.legacy, env.pairs.map(({ key, value }) => `${key}=${value}`)]).toEqual([legacy, pairs]);
  });

  test("arguments may go without a value", () => {
    expect(instruction("ARG", 'ARG A=1 B="two x" C D=').items.map(({ name, value }) => [name, value])).toEqual([
      ["A", "1"],
      ["B", '"two x"'],
      ["C", undefined],
      ["D", ""],
    ]);
  });
});

describe("heredocs", () => {
  test.each([
    ["COPY <<A /x\n1\nA", [{ name: "A", body: "1\n", expand: true }]],
    ['COPY <<"A" /x\n1\nA', [{ name: "A", expand: false }]],
    ["COPY <<'A' /x\n1\nA", [{ name: "A", expand: false }]],
    ["COPY <<-A /x\n\t\t1\n\tA", [{ name: "A", body: "1\n", raw: "\t\t1\n", stripTabs: true }]],
    [
      "COPY <<A <<B /x/\n1\nA\n2\nB",
      [
        { name: "A", body: "1\n" },
        { name: "B", body: "2\n" },
      ],
    ],
    ["COPY <<A /x\nA", [{ name: "A", body: "" }]],
    ["COPY \\\n  <<A \\\n  /x\n# no comment\nA", [{ name: "A", body: "# no comment\n" }]],
    ["COPY <<A /x\r\n1\r\nA\r\n", [{ name: "A", body: "1\r\n" }]],
  ])("%j", (text, expected) => {
    const heredocs = instruction("COPY", text).sources.flatMap((source) =>
      "heredoc" in source ? [source.heredoc] : [],
    );
    expect(heredocs).toMatchObject(expected);
  });

  test.each([
    ["RUN <<EOF\na\nEOF", "<<EOF", ["a\n"]],
    ["RUN cat <<A && cat 3<<B\n1\nA\n2\nB", "cat <<A && cat 3<<B", ["1\n", "2\n"]],
    ["RUN << EOF\na\nEOF", "<< EOF", ["a\n"]],
    ["RUN echo '<<EOF'", "echo '<<EOF'", []],
    ["RUN a <<< b", "a <<< b", []],
    ['RUN ["<<EOF"]', undefined, []],
  ])("%j", (text, shell, bodies) => {
    const run = instruction("RUN", text);
    expect(run.command.form === "shell" ? run.command.text : undefined).toBe(shell);
    expect(run.heredocs.map((heredoc) => heredoc.body)).toEqual(bodies);
  });

  test("CMD has none", () => {
    expect(problemsOf("FROM a\nCMD cat <<EOF\nx\n").map(summary)).toEqual(['3:1 dockerfile/unknown-instruction "x"']);
  });

  test("go along with the instruction after ONBUILD", () => {
    const { trigger } = instruction("ONBUILD", "ONBUILD COPY <<-A <<B /x/\n\t1\nA\n2\nB");
    expect(trigger).toBe("COPY <<-A <<B /x/\n\t1\nA\n2\nB");
    expect(parseInstruction(trigger, { name: "onbuild" })).toMatchObject({
      value: { keyword: "COPY", sources: [{ heredoc: { body: "1\n" } }, { heredoc: { body: "2\n" } }] },
      diagnostics: [],
    });
  });
});

describe("health checks", () => {
  test.each([
    ["HEALTHCHECK NONE", undefined, {}],
    [
      "HEALTHCHECK --interval=1m30s --timeout=1.5s --retries=3 cmd a b",
      { form: "shell", text: "a b" },
      { intervalNs: 90e9, timeoutNs: 1.5e9, retries: 3 },
    ],
    [
      'HEALTHCHECK --start-period=0 --start-interval=1ms CMD ["a"]',
      { form: "exec", arguments: ["a"] },
      { startPeriodNs: 0, startIntervalNs: 1e6 },
    ],
  ])("%s", (text, command, settings) => {
    const check = instruction("HEALTHCHECK", text);
    expect(check.command).toEqual(command);
    expect(check).toMatchObject(settings);
  });
});

describe("mounts", () => {
  test("keys go by their first names", () => {
    const [mount] = instruction("RUN", "RUN --mount=Type=cache,dst=/c,src=a,RO x").mounts;
    expect([mount?.type, ...(mount?.fields ?? []).map(({ key, value }) => `${key}=${value}`)]).toEqual([
      "cache",
      "type=cache",
      "target=/c",
      "source=a",
      "readonly=undefined",
    ]);
  });
});
