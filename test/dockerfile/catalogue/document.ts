/** docs/dockerfile.md, made from the sources. */
import { ruleAddress, rules } from "../../../src/dockerfile/lint/rules.ts";
import { dockerfileHelp } from "../../../src/dockerfile/problems.ts";
import { entries } from "./entries.ts";

const introduction = `# Dockerfiles

The embedded engine reads Dockerfiles itself, as BuildKit's frontend does. This page says what it understands, where it knowingly differs,
and what it finds wrong. It is made from the sources, and its examples run in the tests; \`npm test -- -u test/dockerfile/catalogue\`
renews it.

## What is understood

- **All instructions**, in any case, with all of their flags: \`ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER
  ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR\`. Flags may be quoted, and \`--\` ends them.
- **Lines**: continuations with comments and empty lines in between, line breaks of Windows, a byte order mark, at most 65,535 bytes a line.
- **Directives**: \`# escape=\`, \`# check=\` and \`# syntax=\`. The embedded engine is one frontend and loads no other.
- **Heredocs** in \`RUN\`, \`COPY\`, \`ADD\`, also below \`ONBUILD\`: several on a line, \`<<-\` strips tabs, a quoted name keeps variables as they
  are, \`3<<EOF\` takes another descriptor.
- **Variables** wherever BuildKit puts them in: \`$v\`, \`\${v}\`, \`\${v:-x}\`, \`\${v-x}\`, \`\${v:+x}\`, \`\${v+x}\`, \`\${v:?message}\`, \`\${v?message}\`,
  \`\${v#pattern}\`, \`\${v##pattern}\`, \`\${v%pattern}\`, \`\${v%%pattern}\`, \`\${v/pattern/text}\`, \`\${v//pattern/text}\`, one inside the other. Patterns
  know \`*\` and \`?\`. \`$$\` is empty, as it is there. The patterns of \`--exclude\` and the values of \`--from\` take no variables.
- **Ignore files**: \`.dockerignore\`, or \`NAME.dockerignore\` beside a Dockerfile \`NAME\`, with \`**\` and \`!\`.
- **Questions**: \`--check\`, \`--call=outline\` and \`--call=targets\` give the answers of BuildKit.

## Where it differs

- Everything that is wrong in a file is told at once, each thing with its place and a way out. BuildKit tells the first.
- \`FROM\` finds stages whatever the case of their names. BuildKit finds them by names in lower case only, but \`--from\` and targets in any.
- \`EXPOSE 80\${P:-80}\` exposes 8080. BuildKit loses what stands before a default and exposes 80.
- In \`\${v//pattern/text}\` a dollar sign that is escaped in \`text\` stays one. BuildKit takes it for a group of its regular expression.
- A flag of \`ARG\`, \`STOPSIGNAL\` or \`HEALTHCHECK NONE\`, which does nothing, is warned of, and so is a broken instruction after \`ONBUILD\`.
- Substitutions nest up to 200 deep.

## The linter

The rules are BuildKit's, with its names and words. \`# check=skip=RULE,RULE\` at the top of the file silences rules, \`skip=all\` all of them;
\`experimental=\` asks for the ones that are not on by default, and \`error=true\` lets findings fail the build. The same comment above an
instruction holds for that instruction.
`;

export function renderDocument(): string {
  const table = Object.entries(rules).map(([name, { description, experimental }]) => {
    const words = description.replaceAll("|", "\\|");
    return `| [${name}](${ruleAddress(name as keyof typeof rules)}) | ${words}${experimental ? " (experimental)" : ""} |`;
  });
  const codes = Object.entries(entries).map(([code, { fix, example, shown }]) => {
    const meaning = dockerfileHelp[code as keyof typeof dockerfileHelp];
    const language = code.includes("ignore-pattern") ? "" : "dockerfile";
    return `### \`${code}\`\n\n${meaning}\n**Way out:** ${fix}\n\n\`\`\`${language}\n${(shown ?? example).trimEnd()}\n\`\`\`\n`;
  });
  return [
    introduction,
    "| Rule | What it says |\n| --- | --- |",
    `${table.join("\n")}\n`,
    "## Diagnostics\n",
    codes.join("\n"),
  ].join("\n");
}
