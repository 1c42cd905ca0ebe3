/** What is said twice: declarations in one file, entries of one list. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { printInline } from "../../../buildfile/hcl/print-expression.ts";
import type { Attribute, Block, Expression, SyntaxFile } from "../../../buildfile/hcl/syntax.ts";
import { lintProblem } from "../lint-problems.ts";

/** Lists in which an entry counts once, whatever it is. */
const listsOfTargets = new Set([
  "annotations",
  "attest",
  "cache-from",
  "cache-to",
  "entitlements",
  "inherits",
  "no-cache-filter",
  "output",
  "platforms",
  "secret",
  "ssh",
  "tags",
  "targets",
  "ulimits",
]);

/** Beyond this an entry is not repeated in a message. */
const longestShown = 80;

/** Two files may declare a name, the later one to override; in one file it is a slip. */
export function findDeclaredTwice(files: readonly SyntaxFile[]): readonly Diagnostic[] {
  return files.flatMap(({ body }) => declaredTwice(body.blocks));
}

function declaredTwice(blocks: readonly Block[]): readonly Diagnostic[] {
  const first = new Map<string, Block>();
  const found: Diagnostic[] = [];
  for (const block of blocks) {
    const [label] = block.labels;
    if (!label) continue;
    const key = `${block.type} ${JSON.stringify(label.text)}`;
    const earlier = first.get(key);
    if (!earlier) {
      first.set(key, block);
      continue;
    }
    const merges = block.type === "target" || block.type === "group";
    found.push(
      lintProblem("lint/declared-twice", {
        message: `the ${key} is declared a second time, and ${merges ? "what it sets is laid over the first" : "replaces the first"}`,
        span: label.span,
        related: [{ message: "first declared here", span: earlier.labels[0]?.span ?? earlier.typeSpan }],
        hint: merges ? "make it one block, or give it another name" : "remove one of them",
      }),
    );
  }
  return found;
}

export function findDuplicateEntries(files: readonly SyntaxFile[]): readonly Diagnostic[] {
  const bodies = files.flatMap(({ body }) => body.blocks);
  return bodies
    .filter(({ type }) => type === "target" || type === "group")
    .flatMap(({ body }) => body.attributes.flatMap(duplicateEntries));
}

function duplicateEntries({ name, value }: Attribute): readonly Diagnostic[] {
  if (!listsOfTargets.has(name) || value.kind !== "tuple") return [];
  const first = new Map<string, Expression>();
  const found: Diagnostic[] = [];
  for (const item of value.items) {
    const text = printInline(item);
    const earlier = first.get(text);
    if (!earlier) {
      first.set(text, item);
      continue;
    }
    found.push(
      lintProblem("lint/duplicate-entry", {
        message: `${name} has ${text.length > longestShown ? "an entry" : `the entry ${text}`} twice`,
        span: item.span,
        related: [{ message: "first here", span: earlier.span }],
        hint: "remove one of them",
      }),
    );
  }
  return found;
}
