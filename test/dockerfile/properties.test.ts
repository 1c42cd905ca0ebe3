import fc from "fast-check";
import { expect, test } from "vitest";
import { lintDockerfile } from "../../src/dockerfile/lint/lint.ts";
import { outlineOf } from "../../src/dockerfile/outline.ts";
import { parseDockerfile, parseInstruction } from "../../src/dockerfile/parse.ts";
import { runScript } from "../../src/dockerfile/run-script.ts";
import { WalkError } from "../../src/dockerfile/walk/walk-error.ts";
import { instruction } from "./parsing.ts";

const facts = { buildPlatform: "linux/amd64", targetPlatform: "linux/arm/v7" };
const keyword = fc.constantFrom(
  ..."ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split(
    " ",
  ),
);
const scrap = fc.oneof(
  keyword,
  fc.constantFrom(
    ...' |  |\t|\n|\r\n|\\\n|\\|`|"|\'|$|${|}|:-|#|# |# escape=`|# check=skip=x|<<EOF|<<-"A"|EOF|A|--|--from=|--mount=|type=cache,|target=/x|--chmod=7|["a"]|[|]|=|,|scratch| AS |a|b1|/|*|é|😀|\ufeff|80/Tcp|CMD|NONE|--interval=1s'.split(
      "|",
    ),
  ),
);
const text = fc.array(scrap, { maxLength: 40 }).map((scraps) => scraps.join(""));
const likely = fc
  .array(fc.tuple(keyword, text), { maxLength: 8 })
  .map((lines) => ["FROM scratch", ...lines.map(([word, rest]) => `${word} ${rest}`)].join("\n"));

test("parsing never throws, and every place lies in the text", () => {
  fc.assert(
    fc.property(fc.oneof(text, likely, fc.string({ unit: "binary", maxLength: 60 })), (file) => {
      const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text: file });
      const spans = [
        ...diagnostics.flatMap(({ span }) => span ?? []),
        ...value.stages.flatMap((stage) => [stage.span, stage.from.span, ...stage.instructions.map((one) => one.span)]),
      ];
      for (const { start, end } of spans) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(file.length);
      }
      if (value.stages.length === 0) expect(diagnostics.length).toBeGreaterThan(0);
    }),
    { numRuns: 3000 },
  );
});

test("what parses can be linted and outlined, or says where a build would stop", () => {
  fc.assert(
    fc.property(likely, (file) => {
      const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text: file });
      fc.pre(diagnostics.every(({ severity }) => severity !== "error"));
      lintDockerfile(value, facts);
      try {
        outlineOf(value, facts);
      } catch (error) {
        expect(error).toBeInstanceOf(WalkError);
      }
    }),
    { numRuns: 1500 },
  );
});

test("a trigger is again the instruction it was", () => {
  const command = fc.stringMatching(/^[a-z]( ?[a-z0-9/._-]){0,12}$/);
  const body = fc.array(fc.stringMatching(/^\t{0,2}[a-z$ ]{0,8}$/), { maxLength: 4 });
  fc.assert(
    fc.property(command, body, fc.boolean(), (words, lines, tabs) => {
      const run = `RUN ${words} <<${tabs ? "-" : ""}EOF\n${lines.map((line) => `${line}\n`).join("")}EOF`;
      const { trigger } = instruction("ONBUILD", `ONBUILD ${run}`);
      const { value, diagnostics } = parseInstruction(trigger, { name: "ONBUILD" });
      expect(diagnostics).toEqual([]);
      if (value?.keyword !== "RUN") throw new Error("no RUN");
      expect(runScript(value)).toEqual(runScript(instruction("RUN", run)));
    }),
  );
});

/** Seconds of work of this process; what others do on the machine does not count. */
function cpuMs(work: () => unknown): number {
  const best = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...best);
}

const shapes: Readonly<Record<string, (lines: number) => string>> = {
  "many instructions": (lines) =>
    `FROM scratch\n${'RUN --mount=type=cache,target=/c a "b" $c\nCOPY a b /c\nENV A=$A$B\n'.repeat(lines / 3)}`,
  "one long continuation": (lines) => `FROM scratch\nRUN a${" \\\n # c\n b".repeat(lines / 2)}`,
  comments: (lines) => `FROM scratch\n${"# a comment\n".repeat(lines)}RUN x`,
  "one long heredoc": (lines) => `FROM scratch\nCOPY <<EOF /x\n${"a $b c\n".repeat(lines)}EOF\n`,
  "many stages": (lines) => `FROM scratch AS s\n${"FROM s AS t\nCMD x\n".repeat(lines / 2)}`,
  "many words": (lines) => `FROM scratch\nCOPY a${" \\\n b".repeat(lines)} /c/\n`,
};

test.each(Object.entries(shapes))(
  "ten times the lines take about ten times the work: %s",
  (_, shape) => {
    const work = (lines: number) => {
      const file = shape(lines);
      return () => {
        const { value } = parseDockerfile({ name: "Dockerfile", text: file });
        lintDockerfile(value, facts);
      };
    };
    work(1000)();
    const small = cpuMs(work(3000));
    const large = cpuMs(work(30_000));
    expect(large / Math.max(small, 2)).toBeLessThan(30);
  },
  60_000,
);
