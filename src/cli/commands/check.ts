/** `tsbake check`: the linter. */
import { check } from "../../api/check.ts";
import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import { didYouMean } from "../../base/suggest.ts";
import { enumerate, plural } from "../../base/text.ts";
import { findingsAsJson } from "../../language/lint/findings-json.ts";
import { findingsAsSarif } from "../../language/lint/findings-sarif.ts";
import { splitAddresses } from "../addresses.ts";
import { definitionFlags, readingBuilderFlag } from "../build-flags.ts";
import type { Command, Host } from "../command.ts";
import { loadOptionsOf, tellReading } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";
import { renderDiagnostics } from "../render-diagnostics.ts";
import { styleFor } from "../style.ts";
import { version } from "../version.ts";

/** Warnings, but no errors. */
const warningsFound: ExitCode = 1;

export const checkCommand: Command = {
  usage: "[URL] [TARGET...]",
  description: [
    "Looks for what is wrong in the build files and for what loads but is hardly meant: names nobody uses, names that hide others,",
    "outputs and tags in each other's way, secrets in build arguments. With names it checks what building those would do; without, every",
    "group and every target in none. Nothing is built. A finding you mean is silenced by a comment on its line or the one above:",
    "# tsbake:ignore lint/unlisted-target. docs/diagnostics.md explains every code. A URL before the names (a git repository, an archive,",
    "a build file) has the build files read there, through the builder.",
    "",
    "This checks the build files. `tsbake build --check`, as in bake, checks the Dockerfiles of the targets instead: it asks the builder's",
    "Dockerfile frontend, so it needs a builder.",
  ].join("\n"),
  flags: [
    ...definitionFlags.filter(({ name }) => name !== "set"),
    readingBuilderFlag,
    {
      name: "portable",
      kind: "switch",
      group: "Checking",
      description: "Warn of what docker buildx bake cannot read: TOML, files under our own names, include",
    },
    {
      name: "ignore",
      kind: "list",
      placeholder: "CODE",
      group: "Checking",
      description: "Leave findings of a code out; may repeat. Errors stay",
    },
    {
      name: "format",
      kind: "text",
      choices: ["text", "json", "sarif"],
      placeholder: "FORMAT",
      group: "Showing",
      description: "text, json, or sarif (2.1.0, for code hosts and editors)",
    },
  ],
  examples: [
    ["tsbake check", "the build files of this folder"],
    ["tsbake check --portable release", "what release needs, and whether bake could build it"],
    ["tsbake check --format sarif > tsbake.sarif", "for the code scanning of a forge"],
  ],
  exitCodes: "0 nothing but notes, 1 warnings, 2 errors.",
  run: runCheck,
};

async function runCheck(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const options = loadOptionsOf(flags, host);
  const ignore = await checkedCodes(flags.list("ignore"));
  await tellReading(options, flags, host);
  const findings = await check({
    ...options,
    targets: splitAddresses(flags.words).names,
    portable: flags.switch("portable") ?? false,
    ignore,
  });
  host.stdout.write(await render(findings, flags.text("format"), host));
  host.stderr.write(`${summaryOf(findings)}\n`);
  return exitCodeFor(findings);
}

/** A misspelt code would silence nothing, and nobody would notice. */
async function checkedCodes(codes: readonly string[]): Promise<readonly string[]> {
  if (codes.length === 0) return codes;
  const { knownCodes } = await import("../../language/lint/known-codes.ts");
  const known = knownCodes();
  const unknown = codes.find((code) => !known.has(code));
  if (unknown === undefined) return codes;
  const hint =
    didYouMean(unknown, known) ?? "a code looks like lint/unused-variable; docs/diagnostics.md lists them all";
  throw new UsageError(`--ignore ${unknown}: there is no such code`, hint);
}

async function render(findings: readonly Diagnostic[], format: string | undefined, host: Host): Promise<string> {
  if (format === "json") return `${JSON.stringify(findingsAsJson(findings), undefined, 2)}\n`;
  if (format === "sarif") return `${JSON.stringify(findingsAsSarif(findings, version), undefined, 2)}\n`;
  return renderDiagnostics(findings, await styleFor(host.stdout, host.environment));
}

function summaryOf(findings: readonly Diagnostic[]): string {
  const severities: readonly Severity[] = ["error", "warning", "note"];
  const counts = severities
    .map((severity) => [severity, findings.filter((found) => found.severity === severity).length] as const)
    .filter(([, count]) => count > 0);
  return counts.length === 0 ? "nothing found" : enumerate(counts.map(([severity, count]) => plural(count, severity)));
}

function exitCodeFor(findings: readonly Diagnostic[]): ExitCode {
  if (findings.some(({ severity }) => severity === "error")) return exitCode.wrongInput;
  return findings.some(({ severity }) => severity === "warning") ? warningsFound : exitCode.done;
}
