/**
 * A profile as a program for the kernel (seccomp(2), classic BPF), for where no runtime makes one of it:
 *
 *     which machine? ── which call? (a search in ranges of numbers) ── which argument? ── what the call returns
 */
import type { ArgumentRule, SeccompProfile, SystemCallRule } from "./seccomp-profile.ts";
import { type SystemCallTable, systemCallNumber, x32Base } from "./system-call-numbers.ts";

/** `struct sock_filter`: jumps are counted from the next instruction. */
export interface Instruction {
  readonly code: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly operand: number;
}

/** Codes of instructions (linux/bpf_common.h): of all there are, these are used. */
export const codes = { load: 0x20, and: 0x54, jump: 0x05, equal: 0x15, above: 0x25, atLeast: 0x35, end: 0x06 } as const;

/** What a filter says (linux/seccomp.h). */
export const verdicts = { allow: 0x7fff_0000, errno: 0x0005_0000, killProcess: 0x8000_0000 } as const;

/** Offsets in `struct seccomp_data`; low halves of arguments on machines that begin with those. */
export const offsets = { number: 0, machine: 4, arguments: 16 } as const;

/** Undefined for a profile with machines that are not known here. */
export function compileFilter(profile: SeccompProfile): readonly Instruction[] | undefined {
  const known = profile.architectures.map((name) => machines[name]);
  const all = known.filter((machine) => machine !== undefined);
  if (all.length === 0 || all.length < known.length) return undefined;
  const bodies = [...new Set(all.map(({ token }) => token))].flatMap((token) => {
    const tables = all.filter((machine) => machine.token === token).map(({ table }) => table);
    const body = [load(offsets.number), ...search(rangesOf(profile, tables))];
    return [compare(codes.equal, token, { whenTrue: 1 }), jump(body.length), ...body];
  });
  return [load(offsets.machine), ...bodies, ...say(verdicts.killProcess)];
}

/** `struct sock_filter[]` of a machine that begins with low bytes. */
export function encodeFilter(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, whenTrue, whenFalse, operand }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenTrue, index * 8 + 2);
    bytes.writeUInt8(whenFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  }
  return bytes;
}

interface FilterMachine {
  /** As the kernel names it (linux/audit.h). */
  readonly token: number;
  readonly table: SystemCallTable;
}

const machines: Readonly<Record<string, FilterMachine>> = {
  SCMP_ARCH_X86_64: { token: 0xc000_003e, table: "x86_64" },
  SCMP_ARCH_X32: { token: 0xc000_003e, table: "x32" },
  SCMP_ARCH_X86: { token: 0x4000_0003, table: "i386" },
  SCMP_ARCH_AARCH64: { token: 0xc000_00b7, table: "aarch64" },
  SCMP_ARCH_ARM: { token: 0x4000_0028, table: "arm" },
};

/** From this number on, up to the next range. */
interface Range {
  readonly from: number;
  readonly code: readonly Instruction[];
}

const notImplemented = say(verdicts.errno | 38);

/**
 * All numbers there are, in order. Those above all that the profile knows are of kernels younger than it: "not implemented", so that programs
 * do without.
 */
function rangesOf(profile: SeccompProfile, tables: readonly SystemCallTable[]): readonly Range[] {
  const otherwise = say(verdicts.errno | profile.defaultErrnoRet);
  const answers = [...answersOf(profile, otherwise)];
  const ranges: Range[] = [];
  const add = (range: Range): void => {
    if (ranges.at(-1)?.from === range.from) ranges.pop();
    if (ranges.at(-1)?.code !== range.code) ranges.push(range);
  };
  for (const table of tables) {
    const numbered = answers
      .flatMap(([name, code]) => {
        const from = systemCallNumber(name, table);
        return from === undefined ? [] : [{ from, code }];
      })
      .sort((a, b) => a.from - b.from);
    add({ from: table === "x32" ? x32Base : 0, code: otherwise });
    for (const range of numbered) {
      add(range);
      add({ from: range.from + 1, code: otherwise });
    }
    add({ from: (numbered.at(-1)?.from ?? 0) + 1, code: notImplemented });
  }
  return ranges;
}

const allowed = say(verdicts.allow);

/** Equal answers are the same object. */
function answersOf(
  profile: SeccompProfile,
  otherwise: readonly Instruction[],
): ReadonlyMap<string, readonly Instruction[]> {
  const answers = new Map<string, readonly Instruction[]>();
  const refused = new Map<number, readonly Instruction[]>([[38, notImplemented]]);
  for (const rule of profile.syscalls) {
    const code = plainAnswer(rule, refused);
    for (const name of rule.names) {
      if (rule.args === undefined) answers.set(name, code);
      else answers.set(name, [...rule.args.flatMap(whenSo), ...(answers.get(name) ?? otherwise)]);
    }
  }
  return answers;
}

function plainAnswer(
  { action, errnoRet = 1 }: SystemCallRule,
  refused: Map<number, readonly Instruction[]>,
): readonly Instruction[] {
  if (action === "SCMP_ACT_ALLOW") return allowed;
  const code = refused.get(errnoRet) ?? say(verdicts.errno | errnoRet);
  refused.set(errnoRet, code);
  return code;
}

/**
 * Allows the call when the argument is so, and goes on otherwise. Only the low half is looked at: it is all that the kernel takes of these
 * arguments, so what is in the other half must not make a difference.
 */
function whenSo({ index, op, value, valueTwo = 0 }: ArgumentRule): readonly Instruction[] {
  const argument = load(offsets.arguments + 8 * index);
  switch (op) {
    case "SCMP_CMP_EQ":
      return [argument, compare(codes.equal, value, { whenFalse: 1 }), ...allowed];
    case "SCMP_CMP_LT":
      return [argument, compare(codes.atLeast, value, { whenTrue: 1 }), ...allowed];
    case "SCMP_CMP_GT":
      return [argument, compare(codes.above, value, { whenFalse: 1 }), ...allowed];
    case "SCMP_CMP_MASKED_EQ":
      return [argument, step(codes.and, value), compare(codes.equal, valueTwo, { whenFalse: 1 }), ...allowed];
  }
}

/** By halves: a number is compared with nine others at most, whatever it is. */
function search(ranges: readonly Range[]): readonly Instruction[] {
  const middle = ranges[ranges.length >> 1];
  if (ranges.length < 2 || middle === undefined) return ranges[0]?.code ?? [];
  const low = search(ranges.slice(0, ranges.length >> 1));
  const high = search(ranges.slice(ranges.length >> 1));
  // Conditional jumps reach 255 instructions far.
  const choice =
    low.length <= 255
      ? [compare(codes.atLeast, middle.from, { whenTrue: low.length })]
      : [compare(codes.atLeast, middle.from, { whenFalse: 1 }), jump(low.length)];
  return [...choice, ...low, ...high];
}

function load(offset: number): Instruction {
  return step(codes.load, offset);
}

function jump(distance: number): Instruction {
  return step(codes.jump, distance);
}

function say(verdict: number): readonly Instruction[] {
  return [step(codes.end, verdict)];
}

function step(code: number, operand: number): Instruction {
  return { code, whenTrue: 0, whenFalse: 0, operand };
}

function compare(
  code: number,
  operand: number,
  jumps: { readonly whenTrue?: number; readonly whenFalse?: number },
): Instruction {
  return { ...step(code, operand), ...jumps };
}
