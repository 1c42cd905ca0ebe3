import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { passEnvironment, withLoaderVariables } from "../../../src/engine/run/cell/exports.ts";
import { quoted, tableOf } from "../../../src/engine/run/cell/shell-words.ts";

const text = fc.string({ unit: "binary" }).filter((each) => !each.includes("\0"));

describe.skipIf(process.platform === "win32")("what a shell is told", () => {
  test("is one word, whatever is in it", () => {
    fc.assert(
      fc.property(text, (word) => {
        expect(execFileSync("sh", ["-c", `printf %s ${quoted(word)}`], { encoding: "utf8" })).toBe(word);
      }),
      { numRuns: 50 },
    );
  });

  test("gives a program the environment, and nothing else", () => {
    const name = fc.oneof(
      fc.constantFrom("-S", "UID", "IFS", "PS1", "BASH_ENV", "PWD", "_", "HOME"),
      fc.stringMatching(/^[A-Za-z_.-]{1,8}$/),
    );
    fc.assert(
      fc.property(fc.dictionary(name, text, { maxKeys: 6 }), (variables) => {
        const { script, words, loader } = passEnvironment(new Map(Object.entries(variables)));
        const print = [process.execPath, "-e", "console.log(JSON.stringify(process.env))"];
        const command = ["/usr/bin/env", ...words, ...print].map(quoted).join(" ");
        const out = execFileSync("/bin/sh", ["-c", `${script}exec ${command}`], {
          encoding: "utf8",
          env: { LC_ALL: "C", PATH: "/x" },
        });
        expect({ ...JSON.parse(out), ...Object.fromEntries(loader) }).toEqual(variables);
      }),
      { numRuns: 15 },
    );
  });

  test("has loaders obey nobody outside of the image", () => {
    const dangerous = [
      "LD_PRELOAD",
      "LD_LIBRARY_PATH",
      "LD_AUDIT",
      "GLIBC_TUNABLES",
      "GCONV_PATH",
      "LOCPATH",
      "MALLOC_TRACE",
    ];
    const { script, words, loader } = passEnvironment(new Map(dangerous.map((each) => [each, "/x"])));
    expect([...loader.keys()]).toEqual(dangerous);
    expect(`${script}${words.join(" ")}`).not.toContain("/x");
    expect(withLoaderVariables(["a", "b c"], loader).slice(-2)).toEqual(["a", "b c"]);
    expect(withLoaderVariables(["a"], new Map())).toEqual(["a"]);
  });
});

test("a table of mounts keeps blanks and backslashes in their fields", () => {
  const line = { source: "/a b\\c", target: "/t\t\n#", type: "none", options: ["bind", "x=y z"] };
  expect(tableOf([line])).toBe("/a\\040b\\134c /t\\011\\012\\043 none bind,x=y\\040z 0 0\n");
});
