/** Constraints on versions: `>= 1.2, < 2`, `^1.4`, `~1.2.3`, `1.x || 2.1 - 2.4` (spec bake-language, section 10). */
import { comparePrereleases, compareVersions, parseVersion, type Version } from "./version.ts";

/** Alternatives of comparisons that must all hold. */
export type Constraint = readonly (readonly Comparison[])[];

interface Comparison {
  readonly operator: Operator;
  readonly bound: Version;
  /** The first part of the bound that was left out or given as `x`: everything from there on matches. */
  readonly open: "all" | "minor" | "patch" | undefined;
}

type Operator = "=" | "!=" | ">" | "<" | ">=" | "<=" | "~" | "^";

const part = "[0-9]+|[xX*]";
const suffix = "(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";
const bound = `v?(?:${part})(?:\\.(?:${part}))?(?:\\.(?:${part}))?${suffix}`;
const hyphenRange = new RegExp(`(${bound})\\s+-\\s+(${bound})`, "g");
const comparison = new RegExp(`\\s*(=>|>=|=<|<=|!=|~>|=|>|<|~|\\^)?\\s*(${bound})`, "y");
const boundParts = new RegExp(`^v?(${part})(?:\\.(${part}))?(?:\\.(${part}))?(${suffix})$`);
const separator = /\s*,\s*(?=\S)|\s+|$/y;

const spellings: Readonly<Record<string, Operator>> = { "": "=", "=>": ">=", "=<": "<=", "~>": "~" };

/** More cannot be meant, and matching stays quick. */
const longest = 1000;

/** undefined when it is none. */
export function parseConstraint(text: string): Constraint | undefined {
  if (text.length > longest) return undefined;
  const alternatives: (readonly Comparison[])[] = [];
  for (const alternative of text.replace(hyphenRange, ">=$1, <=$2").split("||")) {
    const comparisons = parseComparisons(alternative.trim());
    if (comparisons === undefined) return undefined;
    alternatives.push(comparisons);
  }
  return alternatives;
}

/** A prerelease satisfies only alternatives that mention one. */
export function satisfies(version: Version, constraint: Constraint): boolean {
  return constraint.some((comparisons) => {
    const mentioned = comparisons.some((one) => one.bound.prerelease !== "");
    if (version.prerelease !== "" && !mentioned) return false;
    return comparisons.every((one) => holds(version, one));
  });
}

function parseComparisons(text: string): readonly Comparison[] | undefined {
  const comparisons: Comparison[] = [];
  let at = 0;
  do {
    comparison.lastIndex = at;
    const found = comparison.exec(text);
    const parsed = found === null ? undefined : parseComparison(found[1] ?? "", found[2] ?? "");
    if (parsed === undefined) return undefined;
    comparisons.push(parsed);
    separator.lastIndex = comparison.lastIndex;
    if (!separator.test(text)) return undefined;
    at = separator.lastIndex;
  } while (at < text.length);
  return comparisons;
}

function parseComparison(spelling: string, text: string): Comparison | undefined {
  const [, major = "", minor, patch, tail = ""] = boundParts.exec(text) ?? [];
  const operator = spellings[spelling] ?? operatorOf(spelling);
  const open = isOpen(major) ? "all" : isOpen(minor) ? "minor" : isOpen(patch) ? "patch" : undefined;
  const numbers = [major, minor, patch].map((number) => (isOpen(number) ? "0" : number));
  if (open === "all") numbers.fill("0");
  else if (open === "minor") numbers.fill("0", 1);
  const version = parseVersion(`${numbers.join(".")}${tail}`);
  return version === undefined || operator === undefined ? undefined : { operator, bound: version, open };
}

function operatorOf(spelling: string): Operator | undefined {
  return operators.find((operator) => operator === spelling);
}

const operators: readonly Operator[] = ["=", "!=", ">", "<", ">=", "<=", "~", "^"];

function isOpen(number: string | undefined): boolean {
  return number === undefined || /^[xX*]$/.test(number);
}

function holds(version: Version, comparison: Comparison): boolean {
  const { operator, bound: limit, open } = comparison;
  const order = compareVersions(version, limit);
  switch (operator) {
    case "=":
      if (open === undefined) return order === 0;
      return order >= 0 && (open === "all" || isInRange(version, comparison));
    case "!=":
      return open === undefined || open === "all" ? order !== 0 : isOther(version, comparison);
    case "<":
      return order < 0;
    case ">=":
      return order >= 0;
    case ">":
      return order > 0 && !isInOpenRange(version, comparison);
    case "<=":
      return order <= 0 || isInOpenRange(version, comparison);
    case "~":
      return order >= 0 && (open === "all" || isInRange(version, comparison) || isZero(comparison));
    case "^":
      return order >= 0 && (open === "all" || isCompatible(version, comparison));
  }
}

/** Whether the version has the major and minor number of the bound, as far as those were given. */
function isInRange({ major, minor }: Version, { bound: limit, open }: Comparison): boolean {
  return major === limit.major && (open === "minor" || minor === limit.minor);
}

/** Of `1.2` and `1.2.x`: whether the version is one of the many meant. */
function isInOpenRange(version: Version, comparison: Comparison): boolean {
  const isRange = comparison.open === "minor" || comparison.open === "patch";
  return isRange && isInRange(version, comparison);
}

/** `~0.0.0` means everything from there on. */
function isZero({ bound: { major, minor, patch }, open }: Comparison): boolean {
  return open === undefined && major === 0n && minor === 0n && patch === 0n;
}

/** Whether the first number that is not zero is the same. */
function isCompatible(version: Version, { bound: limit, open }: Comparison): boolean {
  if (version.major !== limit.major) return false;
  if (limit.major > 0n || open === "minor") return true;
  if (version.minor !== limit.minor) return false;
  return limit.minor > 0n || open === "patch" || version.patch === limit.patch;
}

/** Of two prereleases in one range, `!=` tells them apart. */
function isOther(version: Version, comparison: Comparison): boolean {
  if (!isInOpenRange(version, comparison)) return true;
  return comparison.open === "patch" && comparePrereleases(version.prerelease, comparison.bound.prerelease) !== 0;
}
