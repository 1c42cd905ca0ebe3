import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseModeChange } from "../../../src/engine/copy/mode-change.ts";

describe("--chmod says what becomes of permissions", () => {
  test.each([
    ["755", 0o640, 0o755],
    ["0", 0o640, 0],
    ["7777", 0, 0o7777],
    ["00644", 0o777, 0o644],
    ["u+x", 0o644, 0o744],
    ["+x", 0o644, 0o755],
    ["a-w", 0o777, 0o555],
    ["go=", 0o777, 0o700],
    ["u=rw,go=r", 0o777, 0o644],
    ["ug+w-x", 0o551, 0o661],
    ["g=u", 0o741, 0o771],
    ["go=u-w", 0o750, 0o755],
    ["o=g-w", 0o650, 0o655],
    ["u+s", 0o755, 0o4755],
    ["g+s", 0o755, 0o2755],
    ["o+s", 0o755, 0o755],
    ["+t", 0o777, 0o1777],
    ["a=rx", 0o6777, 0o555],
    ["=", 0o1777, 0o1000],
  ])("%s on %o", (text, before, after) => {
    expect(parseModeChange(text).apply(before, false).toString(8)).toBe(after.toString(8));
  });

  test.each([
    ["a folder", 0o600, true, 0o711],
    ["what somebody may execute", 0o610, false, 0o711],
    ["nothing else", 0o600, false, 0o600],
  ])("X makes executable %s", (_, before, isFolder, after) => {
    expect(parseModeChange("+X").apply(before, isFolder)).toBe(after);
  });

  test.each(["", "999", "8", "10000", "foo", "u+x,", ",u+x", "a", "rwx", "u+y", "u+x g+x", "0o755", "-1"])(
    "%j is refused",
    (text) => {
      expect(() => parseModeChange(text)).toThrow(expect.objectContaining({ code: "build/invalid-mode" }));
    },
  );

  test("octal permissions replace all that was", () => {
    fc.assert(
      fc.property(fc.nat(0o7777), fc.nat(0o7777), fc.boolean(), (octal, before, isFolder) => {
        expect(parseModeChange(octal.toString(8)).apply(before, isFolder)).toBe(octal);
      }),
    );
  });

  test("changes of a class leave the bits of the others alone, and twice is once", () => {
    const change = fc
      .tuple(fc.constantFrom("u", "g", "o"), fc.constantFrom("+", "-", "="), fc.subarray(["r", "w", "x"]))
      .map(([who, operator, bits]) => [who, `${who}${operator}${bits.join("")}`] as const);
    fc.assert(
      fc.property(change, fc.nat(0o777), ([who, text], before) => {
        const { apply } = parseModeChange(text);
        const after = apply(before, false);
        const mine = { u: 0o700, g: 0o070, o: 0o007 }[who] ?? 0;
        expect(after & ~mine).toBe(before & ~mine);
        expect(apply(after, false)).toBe(after);
      }),
    );
  });
});
