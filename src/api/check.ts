/** Looks for what is wrong or hardly meant in build files, without building. */
import { type Diagnostic, hasErrors } from "../base/diagnostic.ts";
import { lint } from "../language/lint/lint.ts";
import { withoutSuppressed } from "../language/lint/suppression.ts";
import { readFacts } from "./facts.ts";
import { type LoadOptions, loadWithFiles } from "./load.ts";
import { environmentOf } from "./surroundings.ts";

export interface CheckOptions extends LoadOptions {
  /** Names and patterns of targets and groups to plan together. Default: every group, and every target in none. */
  readonly targets?: readonly string[];
  /** Look for what bake cannot read, too. */
  readonly portable?: boolean;
  /** Codes of findings to leave out; errors stay. */
  readonly ignore?: readonly string[];
}

/**
 * Everything that loading, the linter and planning find, errors among it. Nothing but files is touched. Findings that a comment
 * `# tsbake:ignore CODE` on their line or the one above expects are left out. With errors in the files the linter does not run,
 * because it would take for unused what could not be read.
 */
export async function check(options: CheckOptions = {}): Promise<readonly Diagnostic[]> {
  const { value, diagnostics } = await loadWithFiles(options);
  const ignored = new Set(options.ignore);
  if (hasErrors(diagnostics)) return withoutSuppressed(diagnostics, ignored);
  const { definition, files, usedByCompose } = value;
  const found = lint({
    files,
    definition,
    otherwiseUsed: usedByCompose,
    names: options.targets ?? [],
    facts: { ...readFacts(options), stdoutIsTerminal: false },
    portable: options.portable ?? false,
    filesNamed: (options.files ?? []).length > 0 || Boolean(environmentOf(options).get("BUILDX_BAKE_FILE")),
  });
  return withoutSuppressed([...diagnostics, ...found], ignored);
}
