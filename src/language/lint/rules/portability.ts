/** What bake cannot read. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { ownFileNames } from "../../../buildfile/discover.ts";
import type { SyntaxFile } from "../../../buildfile/hcl/syntax.ts";
import { lintProblem } from "../lint-problems.ts";

/** `named` says that the files were named by the user, so that their names do not matter. */
export function findNotPortable(files: readonly SyntaxFile[], named: boolean): readonly Diagnostic[] {
  return files.flatMap((file) => [...wholeFile(file, named), ...includes(file)]);
}

function wholeFile({ source, format }: SyntaxFile, named: boolean): readonly Diagnostic[] {
  const span = { source, start: 0, end: 0 };
  if (format === "toml") {
    const message = `bake reads no TOML, so it cannot read ${source.name}`;
    const hint = "tsbake convert --to hcl writes it in a language that both read";
    return [lintProblem("lint/not-portable", { message, span, hint })];
  }
  if (named || !ownFileNames.includes(source.name)) return [];
  const extension = source.name.slice(source.name.lastIndexOf("."));
  const kind = source.name.includes("override") ? "docker-bake.override" : "docker-bake";
  return [
    lintProblem("lint/not-portable", {
      message: `bake does not look for ${source.name} by itself`,
      span,
      hint: `call it ${kind}${extension}, or name it with -f ${source.name}`,
    }),
  ];
}

function includes({ body }: SyntaxFile): readonly Diagnostic[] {
  return body.attributes
    .filter(({ name }) => name === "include")
    .map(({ nameSpan }) =>
      lintProblem("lint/not-portable", {
        message: "bake does not include files, so it does not see what they declare",
        span: nameSpan,
        hint: "name every file with -f",
      }),
    );
}
