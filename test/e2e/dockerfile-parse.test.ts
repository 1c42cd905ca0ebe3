/** What is a Dockerfile and what is none, and what its words come to, held against the real frontend. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { positionAt } from "../../src/base/span.ts";
import { expandWord } from "../../src/dockerfile/expand.ts";
import { lintDockerfile } from "../../src/dockerfile/lint/lint.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { brokenWords, lateProbes, parseProbes, wordProbes } from "../dockerfile/probes.ts";
import { buildx } from "../engine/buildx.ts";
import { describeWithEngine } from "../engine/context.ts";
import { createTempFolder } from "../engine/temp-folder.ts";

interface Answer {
  readonly warnings: readonly { readonly ruleName: string; readonly detail: string }[] | null;
  readonly buildError?: {
    readonly message: string;
    readonly location?: { readonly ranges?: readonly { readonly start: { readonly line: number } }[] };
  };
}

const facts = { buildPlatform: "linux/amd64", targetPlatform: "linux/amd64" };
const variables = new Map([
  ["a", "A"],
  ["e", ""],
  ["p", "a/b/c.tar.gz"],
  ["PATH", "/bin"],
]);

function ourVerdict(text: string): string {
  const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return "wrong";
  return lintDockerfile(value, facts).error === undefined ? "right" : "wrong";
}

/** All lines that something wrong begins on. */
function ourLines(text: string): readonly number[] {
  const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text });
  const spans = diagnostics.flatMap(({ span }) => span ?? []);
  const late = spans.length > 0 ? undefined : lintDockerfile(value, facts).error?.span;
  return [...spans, ...(late ? [late] : [])].map((span) => positionAt(span.source, span.start).line);
}

function lineOf(error: Answer["buildError"]): number | undefined {
  return error?.location?.ranges?.[0]?.start.line;
}

describeWithEngine("as the real frontend takes it", ({ dockerHost, buildxPath }) => {
  async function lint(dockerfile: string): Promise<Answer> {
    await using folder = await createTempFolder();
    await using configuration = await createTempFolder();
    await writeFile(join(folder.path, "Dockerfile"), dockerfile);
    const { stdout, stderr } = await buildx(
      { buildxPath: buildxPath ?? "", dockerHost, configFolder: configuration.path, cwd: folder.path },
      ["build", "--call=lint,format=json", "--progress=quiet", "."],
    );
    const start = stdout.indexOf("{");
    // Some errors come before the question.
    return start === -1 ? { warnings: [], buildError: { message: stderr } } : JSON.parse(stdout.slice(start));
  }

  const available = test.runIf(buildxPath !== undefined);

  const named = (texts: readonly string[]) => texts.map((text) => [text.replace(/x{99,}/, "x..."), text] as const);

  available.each(named(parseProbes))("%j", async (_, text) => {
    const { buildError } = await lint(text);
    expect([ourVerdict(text), buildError?.message]).toEqual([buildError ? "wrong" : "right", buildError?.message]);
    const line = lineOf(buildError);
    if (line !== undefined && line > 0) expect(ourLines(text)).toContain(line);
  });

  available.each(named(lateProbes))("%j", async (_, text) => {
    const { buildError } = await lint(text);
    expect(buildError).toBeDefined();
    expect(ourLines(text)).toEqual([(lineOf(buildError) ?? 0) + 1]);
  });

  available("words come to the same", async () => {
    const stages = wordProbes.map((word, i) => `FROM scratch AS s${i}\nARG a=A e= p=a/b/c.tar.gz\nWORKDIR ./${word}\n`);
    const { warnings, buildError } = await lint(stages.join(""));
    expect(buildError).toBeUndefined();
    const ours = wordProbes.map((word) => {
      const { value } = expandWord(`./${word}`, { escape: "\\", variable: (name) => variables.get(name) });
      return `Relative workdir ${JSON.stringify(value)} can have unexpected results if the base image changes`;
    });
    expect(ours).toEqual(
      (warnings ?? []).filter((one) => one.ruleName === "WorkdirRelativePath").map((one) => one.detail),
    );
  });

  available.each(brokenWords)("%s has no value", async (word) => {
    const { buildError } = await lint(`FROM scratch\nARG a=A e= p=a/b/c.tar.gz\nWORKDIR /${word}\n`);
    const { error } = expandWord(`/${word}`, { escape: "\\", variable: (name) => variables.get(name) });
    expect(buildError?.message).toContain("failed to process");
    expect(error).toBeDefined();
  });
});
