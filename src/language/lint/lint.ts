/** The linter: what loads and builds, and yet is hardly meant. */
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Definition } from "../../buildfile/definition.ts";
import type { SyntaxFile } from "../../buildfile/hcl/syntax.ts";
import type { Facts } from "../../plan/request.ts";
import { checkPlan } from "./check-plan.ts";
import { declarationsOf } from "./declared.ts";
import { findDeclaredTwice, findDuplicateEntries } from "./rules/duplicates.ts";
import { findIdleAxes } from "./rules/matrix-axes.ts";
import { findOutputsInContexts } from "./rules/outputs-in-contexts.ts";
import { findNotPortable } from "./rules/portability.ts";
import { findUnqualifiedPushes } from "./rules/pushed-names.ts";
import { findSecretArguments } from "./rules/secret-arguments.ts";
import { findShadowedNames } from "./rules/shadowed-names.ts";
import { findOldSpellings } from "./rules/spelling.ts";
import { findUnusedNames } from "./rules/unused-names.ts";
import { findUnusedTargets } from "./rules/unused-targets.ts";
import { uniqueDiagnostics } from "./unique.ts";

export interface LintSubject {
  readonly files: readonly SyntaxFile[];
  /** What the files define, without errors: what an error leaves out would be taken for unused. */
  readonly definition: Definition;
  readonly facts: Facts;
  /** Targets and groups to plan together; none stands for all that is there to be built, each group for itself. */
  readonly names: readonly string[];
  /** Variables that files of other kinds read. */
  readonly otherwiseUsed?: ReadonlySet<string>;
  /** Look for what bake cannot read. */
  readonly portable?: boolean;
  /** The files were named, not looked for. */
  readonly filesNamed?: boolean;
}

/** Warnings and notes of the files, and all that planning every group finds. The same arguments give the same findings. */
export function lint(subject: LintSubject): readonly Diagnostic[] {
  const { files, definition } = subject;
  const facts = rememberTexts(subject.facts);
  const declarations = declarationsOf(files);
  const planned = checkPlan(subject);
  const found = [
    ...findUnusedNames(declarations, subject.otherwiseUsed ?? new Set()),
    ...findUnusedTargets(definition, declarations),
    ...findShadowedNames(declarations),
    ...findDeclaredTwice(files),
    ...findDuplicateEntries(files),
    ...findIdleAxes(declarations),
    ...findOldSpellings(files),
    ...planned.diagnostics,
    ...findSecretArguments(planned.plan),
    ...findUnqualifiedPushes(planned.plan),
    ...findOutputsInContexts(planned.selections, facts),
    ...(subject.portable ? findNotPortable(files, subject.filesNamed ?? false) : []),
  ];
  return [...uniqueDiagnostics(found).values()];
}

/** Many targets have one Dockerfile and one ignore file: each is read once. */
function rememberTexts(facts: Facts): Facts {
  const known = new Map<string, string | undefined>();
  return {
    ...facts,
    readText: (path) => {
      if (!known.has(path)) known.set(path, facts.readText(path));
      return known.get(path);
    },
  };
}
