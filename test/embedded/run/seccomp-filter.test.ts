import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filterFor } from "../../../src/engine/run/runtime/filter-loader.ts";
import {
  codes,
  compileFilter,
  encodeFilter,
  type Instruction,
  offsets,
  verdicts,
} from "../../../src/engine/run/runtime/seccomp-filter.ts";
import { type SeccompProfile, seccompProfile } from "../../../src/engine/run/runtime/seccomp-profile.ts";
import { type SystemCallTable, systemCallNumber } from "../../../src/engine/run/runtime/system-call-numbers.ts";

interface Call {
  readonly machine: number;
  readonly number: number;
  readonly arguments?: readonly bigint[];
}

/** As the kernel does it: throws where the kernel would refuse the program, or read behind it. */
function run(program: readonly Instruction[], call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, offsets.number);
  data.writeUInt32LE(call.machine, offsets.machine);
  for (const [index, value] of (call.arguments ?? []).entries()) {
    data.writeBigUInt64LE(BigInt.asUintN(64, value), offsets.arguments + 8 * index);
  }
  let accumulator = 0;
  for (let at = 0; at < program.length; ) {
    const { code, whenTrue, whenFalse, operand } = program[at++] ?? fail();
    const branch = (holds: boolean): number => (holds ? whenTrue : whenFalse);
    if (code === codes.end) return operand;
    else if (code === codes.load) accumulator = data.readUInt32LE(operand);
    else if (code === codes.and) accumulator = (accumulator & operand) >>> 0;
    else if (code === codes.jump) at += operand;
    else if (code === codes.equal) at += branch(accumulator === operand);
    else if (code === codes.above) at += branch(accumulator > operand);
    else if (code === codes.atLeast) at += branch(accumulator >= operand);
    else fail();
  }
  return fail();
}

function fail(): never {
  throw new Error("the kernel would not take this program");
}

function profileOf(architecture: string): SeccompProfile {
  return seccompProfile(architecture) ?? fail();
}

const tables: Readonly<
  Record<SystemCallTable, { readonly machine: number; readonly architecture: "x64" | "arm64"; readonly last: number }>
> = {
  x86_64: { machine: 0xc000003e, architecture: "x64", last: 0x3fff_ffff },
  x32: { machine: 0xc000003e, architecture: "x64", last: 0xffff_ffff },
  i386: { machine: 0x40000003, architecture: "x64", last: 0xffff_ffff },
  aarch64: { machine: 0xc00000b7, architecture: "arm64", last: 0xffff_ffff },
  arm: { machine: 0x40000028, architecture: "arm64", last: 0xffff_ffff },
};

const tableNames: readonly SystemCallTable[] = ["x86_64", "x32", "i386", "aarch64", "arm"];

const programs = {
  x64: compileFilter(profileOf("x64")) ?? fail(),
  arm64: compileFilter(profileOf("arm64")) ?? fail(),
};

const [yes, notPermitted, notImplemented] = [verdicts.allow, verdicts.errno | 1, verdicts.errno | 38];

/** Read off the profile, call by call. */
function expected(table: SystemCallTable, number: number, values: readonly bigint[]): number {
  const { syscalls } = profileOf(tables[table].architecture);
  const numberOf = (name: string): number => systemCallNumber(name, table) ?? -1;
  if (number > Math.max(...syscalls.flatMap(({ names }) => names.map(numberOf)))) return notImplemented;
  for (const { names, action, errnoRet, args } of syscalls) {
    if (!names.some((name) => numberOf(name) === number)) continue;
    if (action === "SCMP_ACT_ERRNO") return verdicts.errno | (errnoRet ?? 1);
    const holds = (args ?? []).every(({ index, op, value, valueTwo = 0 }) => {
      const low = Number(BigInt.asUintN(32, values[index] ?? 0n));
      if (op === "SCMP_CMP_EQ") return low === value;
      if (op === "SCMP_CMP_LT") return low < value;
      if (op === "SCMP_CMP_GT") return low > value;
      return (low & value) >>> 0 === valueTwo;
    });
    if (holds) return yes;
  }
  return notPermitted;
}

describe("a filter of system calls", () => {
  test.each<[string, SystemCallTable, number, readonly bigint[], number]>([
    ["read", "x86_64", 0, [], yes],
    ["execve", "x86_64", 59, [], yes],
    ["prctl", "x86_64", 157, [], yes],
    ["mount", "x86_64", 165, [], notPermitted],
    ["unshare", "x86_64", 272, [0x10000000n], notPermitted],
    ["setns", "x86_64", 308, [], notPermitted],
    ["keyctl", "x86_64", 250, [], notPermitted],
    ["bpf", "x86_64", 321, [], notPermitted],
    ["io_uring_setup", "x86_64", 425, [], notPermitted],
    ["clone for a process", "x86_64", 56, [0x01200011n], yes],
    ["clone for a user namespace", "x86_64", 56, [0x10000011n], notPermitted],
    ["clone for a user namespace, disguised", "x86_64", 56, [0x1_0000_0000n | 0x10000011n], notPermitted],
    ["clone3", "x86_64", 435, [], notImplemented],
    ["a socket of the internet", "x86_64", 41, [2n], yes],
    ["a socket of the kernel's ciphers", "x86_64", 41, [38n], notPermitted],
    ["a socket of virtual machines", "x86_64", 41, [40n], notPermitted],
    ["a socket of virtual machines, disguised", "x86_64", 41, [0x1_0000_0028n], notPermitted],
    ["personality as it is", "x86_64", 135, [0xffffffffn], yes],
    ["personality without random addresses", "x86_64", 135, [0x40000n], notPermitted],
    ["a call of tomorrow", "x86_64", 1000, [], notImplemented],
    ["no call", "x86_64", 0xffffffff, [], notImplemented],
    ["read", "x32", 0x40000000, [], yes],
    ["execve", "x32", 0x40000000 + 520, [], yes],
    ["execve as x86_64 has it", "x32", 0x40000000 + 59, [], notPermitted],
    ["mount", "x32", 0x40000000 + 165, [], notPermitted],
    ["execve", "i386", 11, [], yes],
    ["mount", "i386", 21, [], notPermitted],
    ["umount", "i386", 22, [], notPermitted],
    ["socketcall", "i386", 102, [], yes],
    ["clone for a user namespace", "i386", 120, [0x10000011n], notPermitted],
    ["execve", "aarch64", 221, [], yes],
    ["mount", "aarch64", 40, [], notPermitted],
    ["unshare", "aarch64", 97, [0x10000000n], notPermitted],
    ["clone for a user namespace", "aarch64", 220, [0x10000011n], notPermitted],
    ["execve", "arm", 11, [], yes],
    ["mount", "arm", 21, [], notPermitted],
    ["cacheflush", "arm", 0xf0002, [], yes],
  ])("says of %s (%s %i) what Docker's does", (_, table, number, values, verdict) => {
    const { machine, architecture } = tables[table];
    expect(run(programs[architecture], { machine, number, arguments: values })).toBe(verdict);
  });

  test("is what the profile says, whatever the call", () => {
    const number = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 600 }) },
      fc.integer({ min: 0, max: 0xffffffff }),
    );
    const value = fc.oneof(
      fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
      fc.constantFrom(0n, 8n, 37n, 38n, 39n, 40n, 41n, 0x20000n, 0x20008n, 0xffffffffn, 0x7e020000n),
    );
    fc.assert(
      fc.property(fc.constantFrom(...tableNames), number, value, (table, any, first) => {
        const { machine, architecture, last } = tables[table];
        const own = table === "x32" ? 0x40000000 + (any % 0x40000000) : Math.min(any, last);
        expect(run(programs[architecture], { machine, number: own, arguments: [first] })).toBe(
          expected(table, own, [first]),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test("knows the number of every call it tells of", () => {
    for (const architecture of ["x64", "arm64"] as const) {
      const own = tableNames.filter((name) => tables[name].architecture === architecture);
      const names = profileOf(architecture).syscalls.flatMap((rule) => rule.names);
      const unknown = names.filter((name) => tableNames.every((table) => systemCallNumber(name, table) === undefined));
      // ARM's, which is arm_sync_file_range.
      expect(unknown.filter((name) => name !== "sync_file_range2")).toEqual([]);
      for (const table of own) {
        const numbers = new Map(names.map((name) => [systemCallNumber(name, table), name]));
        for (const name of names) {
          const number = systemCallNumber(name, table);
          if (number !== undefined) expect(numbers.get(number)).toBe(name);
        }
      }
    }
  });

  test("ends processes of machines it does not know", () => {
    expect(run(programs.x64, { machine: tables.aarch64.machine, number: 0 })).toBe(verdicts.killProcess);
  });

  test("is small enough for the kernel, and ends on every way through it", () => {
    for (const program of Object.values(programs)) {
      expect(program.length).toBeLessThan(4096);
      for (const [at, { code, whenTrue, whenFalse, operand }] of program.entries()) {
        expect(Math.max(whenTrue, whenFalse)).toBeLessThanOrEqual(255);
        if (code === codes.jump) expect(at + 1 + operand).toBeLessThan(program.length);
        else if (code !== codes.end) expect(at + 1 + Math.max(whenTrue, whenFalse)).toBeLessThan(program.length);
      }
    }
  });

  test("is encoded as the kernel has it", () => {
    const bytes = encodeFilter([{ code: 0x15, whenTrue: 1, whenFalse: 2, operand: 0xc000003e }]);
    expect(Buffer.from(bytes).toString("hex")).toBe("150001023e0000c0");
  });

  test("is not made for machines of which nobody knows the calls", () => {
    expect(filterFor("mips")).toBeUndefined();
    expect(filterFor("riscv64")).toBeUndefined();
    expect(filterFor("x64")?.length).toBeGreaterThan(1000);
  });
});
