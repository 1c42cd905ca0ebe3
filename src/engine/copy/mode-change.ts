/** `--chmod`: permission bits, or what is to be changed of them (`u=rwX,go=rX`), as chmod(1) of the BSDs has it. */
import { invalidMode } from "./problems.ts";

/** What becomes of the twelve bits of a file or folder. */
export interface ModeChange {
  /** Set when they are replaced, whatever they were. */
  readonly octal: number | undefined;
  readonly apply: (mode: number, isFolder: boolean) => number;
}

/** One change to the bits. `X` adds bits where there is a folder or somebody may execute; `copy` takes the bits of one class for others. */
type Step =
  | { readonly kind: "+" | "-" | "X"; readonly bits: number }
  | { readonly kind: "copy"; readonly operator: string; readonly from: Class; readonly to: number };

type Class = "u" | "g" | "o";

const [setuid, setgid, sticky] = [0o4000, 0o2000, 0o1000];
/** All but the sticky bit, which belongs to no class. */
const standardBits = 0o6777;
const anyExecute = 0o111;
const classOthers = 0o007;
const classBits: Readonly<Record<string, number>> = {
  u: setuid | 0o700,
  g: setgid | 0o070,
  o: classOthers,
  a: standardBits,
};
const shiftOf: Readonly<Record<Class, number>> = { u: 6, g: 3, o: 0 };

/** Throws a BuildFailure for what is neither. */
export function parseModeChange(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const octal = Number.parseInt(text, 8);
    if (octal > 0o7777) throw invalidMode(text);
    return { octal, apply: () => octal };
  }
  const steps = text.split(",").flatMap((clause) => parseClause(clause, text));
  return { octal: undefined, apply: (mode, isFolder) => applySteps(steps, mode, isFolder) };
}

/** `ug+rw-x`: classes, then operators each with what they do. */
function parseClause(clause: string, text: string): readonly Step[] {
  const match = /^([augo]*)((?:[-+=](?:[rwxXst]|[ugo])*)+)$/.exec(clause);
  if (match === null) throw invalidMode(text);
  const who = [...(match[1] ?? "")].reduce((bits, letter) => bits | (classBits[letter] ?? 0), 0);
  const actions = match[2]?.match(/[-+=][^-+=]*/g) ?? [];
  return actions.flatMap((action) => parseAction(who, action));
}

/** One operator with its letters, in their order: `g=u` after `g=r` starts anew, `g=ur` does not keep what it copied. */
function parseAction(classes: number, action: string): readonly Step[] {
  const operator = action.charAt(0);
  const letters = action.slice(1);
  // Others have no bit of their own for setuid, setgid and sticky.
  const special = classes === 0 || (classes & ~classOthers) !== 0;
  const who = special && letters.includes("t") ? classes | sticky : classes;
  const steps: Step[] = [];
  let bits = 0;
  for (const letter of letters) {
    if (!isClass(letter)) {
      bits |= permissionBits(letter, operator, special);
      continue;
    }
    if (bits !== 0) steps.push(...change(operator, who, bits));
    bits = 0;
    steps.push({ kind: "copy", operator, from: letter, to: who });
  }
  const copied = steps.length > 0;
  if (bits !== 0 || (operator === "=" && !copied)) steps.push(...change(operator, who, bits));
  if (letters.includes("X") && operator !== "-") steps.push({ kind: "X", bits: affected(who, anyExecute) });
  return steps;
}

function change(operator: string, who: number, bits: number): readonly Step[] {
  const step: Step = { kind: operator === "-" ? "-" : "+", bits: affected(who, bits) };
  return operator === "=" ? [{ kind: "-", bits: who === 0 ? standardBits : who }, step] : [step];
}

/** Without classes everybody is meant. */
function affected(who: number, bits: number): number {
  return who === 0 ? bits : who & bits;
}

function permissionBits(letter: string, operator: string, special: boolean): number {
  switch (letter) {
    case "r":
      return 0o444;
    case "w":
      return 0o222;
    case "x":
      return anyExecute;
    case "X":
      return operator === "-" ? anyExecute : 0;
    case "s":
      return special ? setuid | setgid : 0;
    default:
      return special ? sticky : 0;
  }
}

function isClass(letter: string): letter is Class {
  return letter === "u" || letter === "g" || letter === "o";
}

function applySteps(steps: readonly Step[], before: number, isFolder: boolean): number {
  let mode = before;
  for (const step of steps) {
    if (step.kind === "+") mode |= step.bits;
    else if (step.kind === "-") mode &= ~step.bits;
    else if (step.kind === "copy") mode = copyBits(mode, step);
    else if (isFolder || (before & anyExecute) !== 0) mode |= step.bits;
  }
  return mode;
}

/** `g=u`: the three bits of one class for the others. */
function copyBits(mode: number, { operator, from, to }: Extract<Step, { kind: "copy" }>): number {
  const value = (mode >> shiftOf[from]) & 0o7;
  let result = mode;
  for (const shift of [6, 3, 0]) {
    if (to !== 0 && (to & (0o4 << shift)) === 0) continue;
    if (operator === "=") result &= ~(0o7 << shift);
    result = operator === "-" ? result & ~(value << shift) : result | (value << shift);
  }
  return result;
}
