/** What changes between two texts, as a unified diff. */

/** Beyond this many changed lines the shortest diff is not looked for. */
const mostEdits = 1000;
const contextLines = 3;

interface Edit {
  readonly kind: " " | "-" | "+";
  readonly line: string;
}

/** Empty for equal texts. `name` is shown for both sides. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return "";
  const edits = editsBetween(splitLines(before), splitLines(after));
  return [`--- ${name}`, `+++ ${name} (formatted)`, ...hunks(edits)].map((line) => `${line}\n`).join("");
}

/** Lines; the last one says so when no newline ends it. */
function splitLines(text: string): readonly string[] {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return last === "" ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

function editsBetween(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let [beforeEnd, afterEnd] = [before.length, after.length];
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd--;
    afterEnd--;
  }
  return [
    ...asEdits(" ", before.slice(0, start)),
    ...shortestEdits(before.slice(start, beforeEnd), after.slice(start, afterEnd)),
    ...asEdits(" ", before.slice(beforeEnd)),
  ];
}

function asEdits(kind: Edit["kind"], lines: readonly string[]): readonly Edit[] {
  return lines.map((line) => ({ kind, line }));
}

/** Myers' greedy search: the furthest line reached on each diagonal, for one edit more each time round. */
function shortestEdits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const reached: ReadonlyMap<number, number>[] = [];
  let last = new Map<number, number>([[1, 0]]);
  const most = Math.min(before.length + after.length, mostEdits);
  for (let edits = 0; edits <= most; edits++) {
    reached.push(last);
    const next = new Map<number, number>();
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDownward(last, diagonal, edits) ? (last.get(diagonal + 1) ?? 0) : (last.get(diagonal - 1) ?? 0) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return walkBack(before, after, reached);
    }
    last = next;
  }
  return [...asEdits("-", before), ...asEdits("+", after)];
}

function isDownward(last: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && (last.get(diagonal - 1) ?? -1) < (last.get(diagonal + 1) ?? -1));
}

function walkBack(
  before: readonly string[],
  after: readonly string[],
  reached: readonly ReadonlyMap<number, number>[],
): readonly Edit[] {
  const found: Edit[] = [];
  let [x, y] = [before.length, after.length];
  for (let edits = reached.length - 1; edits >= 0; edits--) {
    const last = reached[edits] ?? new Map<number, number>();
    const downward = isDownward(last, x - y, edits);
    const from = x - y + (downward ? 1 : -1);
    const startX = edits === 0 ? 0 : (last.get(from) ?? 0);
    const startY = edits === 0 ? 0 : startX - from;
    while (x > startX && y > startY) {
      found.push({ kind: " ", line: before[x - 1] ?? "" });
      x--;
      y--;
    }
    if (edits === 0) break;
    found.push(downward ? { kind: "+", line: after[y - 1] ?? "" } : { kind: "-", line: before[x - 1] ?? "" });
    [x, y] = [startX, startY];
  }
  return found.reverse();
}

function hunks(edits: readonly Edit[]): readonly string[] {
  const lines: string[] = [];
  let [beforeLine, afterLine] = [1, 1];
  for (let at = 0; at < edits.length; ) {
    const end = hunkEnd(edits, at);
    if (end === at) {
      beforeLine++;
      afterLine++;
      at++;
      continue;
    }
    const hunk = edits.slice(at, end);
    const counts = [hunk.filter(({ kind }) => kind !== "+").length, hunk.filter(({ kind }) => kind !== "-").length];
    lines.push(`@@ -${beforeLine},${counts[0]} +${afterLine},${counts[1]} @@`);
    lines.push(...hunk.map(({ kind, line }) => kind + line));
    beforeLine += counts[0] ?? 0;
    afterLine += counts[1] ?? 0;
    at = end;
  }
  return lines;
}

/** Where the hunk ends that begins at `at`; `at` itself when no change is near enough for one to begin. */
function hunkEnd(edits: readonly Edit[], at: number): number {
  let end = at;
  for (let i = at; i < edits.length && i <= end + contextLines * (end === at ? 1 : 2); i++) {
    if (edits[i]?.kind !== " ") end = i + 1;
  }
  return end === at ? at : Math.min(edits.length, end + contextLines);
}
