/** Includes and env files, as `load` follows them on a real file system. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type LoadOptions, load } from "../../src/api/load.ts";
import { positionAt } from "../../src/base/span.ts";
import { createTempFolder } from "../engine/temp-folder.ts";

interface Loaded {
  /** The argument A of each target. */
  readonly a: Readonly<Record<string, string | undefined>>;
  readonly contexts: Readonly<Record<string, string | undefined>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly problems: readonly string[];
}

async function loadFiles(
  files: Readonly<Record<string, string>>,
  options: Omit<LoadOptions, "workingFolder"> = {},
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<Loaded> {
  await using folder = await createTempFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder.path, dirname(name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  await prepare(folder.path);
  const { value, diagnostics } = await load({ workingFolder: folder.path, environment: {}, ...options });
  const targets = [...value.targets.values()];
  return {
    a: Object.fromEntries(targets.map(({ name, settings }) => [name, settings.args?.get("A")?.value])),
    contexts: Object.fromEntries(
      targets.map(({ name, settings, folder: own }) => [name, settings.context?.value ?? own]),
    ),
    variables: Object.fromEntries([...value.variables.values()].map(({ name, value: text }) => [name, text])),
    problems: diagnostics.map(({ severity, code, message, span, hint }) => {
      const line = span === undefined ? "" : ` ${span.source.name}:${positionAt(span.source, span.start).line}`;
      return `${severity} ${code}${line}: ${message}${hint === undefined ? "" : ` [${hint}]`}`;
    }),
  };
}

const says = (text: string): string => `target "t" { args = { A = ${JSON.stringify(text)} } }\n`;

describe("an include", () => {
  it("comes before the file that includes it, in any format", async () => {
    const loaded = await loadFiles({
      "bake.hcl": `include = ["a.toml", "b.json"]\n${says("own")}`,
      "a.toml": '[target.t.args]\nA = "a"\n[target.u.args]\nA = "a"\n',
      "b.json": '{"target": {"t": {"args": {"A": "b"}}, "u": {"args": {"A": "b"}}}}',
    });
    expect(loaded).toMatchObject({ a: { t: "own", u: "b" }, problems: [] });
  });

  it("takes the matches of a pattern in their order, without the file itself", async () => {
    const loaded = await loadFiles({
      "bake.hcl": 'include = ["**/*.hcl"]\n',
      "z/bake.hcl": says("z"),
      "a/bake.hcl": says("a"),
    });
    expect(loaded).toMatchObject({ a: { t: "z" }, problems: [] });
  });

  it("is relative to the file it stands in, and so are nested ones", async () => {
    const loaded = await loadFiles({
      "bake.hcl": 'include = ["x/one.hcl"]\n',
      "x/one.hcl": 'include = ["y/two.hcl", "../three.hcl"]\n',
      "x/y/two.hcl": 'target "two" {}\n',
      "three.hcl": 'target "three" {}\n',
    });
    expect(loaded).toMatchObject({ contexts: { two: "x/y", three: "." }, problems: [] });
  });

  it("is read once, whatever it is called by and whoever includes it", async () => {
    const loaded = await loadFiles(
      {
        "bake.hcl": 'include = ["a.hcl", "b.hcl", "./a.hcl", "link.hcl"]\n',
        "a.hcl": `include = ["shared.hcl"]\n`,
        "b.hcl": `include = ["shared.hcl"]\n${says("b")}`,
        "shared.hcl": says("shared"),
      },
      {},
      (folder) => symlink("shared.hcl", join(folder, "link.hcl")),
    );
    expect(loaded).toMatchObject({ a: { t: "b" }, problems: [] });
  });

  it("of a file that is named too leaves that one in its place", async () => {
    const files = { "a.hcl": `include = ["b.hcl"]\n${says("a")}`, "b.hcl": says("b") };
    expect(await loadFiles(files, { files: ["a.hcl", "b.hcl"] })).toMatchObject({ a: { t: "b" }, problems: [] });
    expect(await loadFiles(files, { files: ["b.hcl", "a.hcl"] })).toMatchObject({ a: { t: "a" }, problems: [] });
  });

  it("has its contexts in its own folder, unless they are no local paths", async () => {
    const text = [
      'target "unset" {}',
      'target "here" { context = "." }',
      'target "up" { context = "../shared" }',
      'target "absolute" { context = "/x" }',
      'target "working" { context = "cwd://x" }',
      'target "remote" { context = "https://example.test/x.git" }',
    ].join("\n");
    const loaded = await loadFiles({
      "bake.hcl": 'include = ["s/bake.hcl"]\ntarget "root" { context = "sub" }',
      "s/bake.hcl": text,
    });
    expect(loaded.contexts).toEqual({
      unset: "s",
      here: "s",
      up: "shared",
      absolute: "/x",
      working: "cwd://x",
      remote: "https://example.test/x.git",
      root: "sub",
    });
  });

  it.each([
    [
      "that does not exist",
      '["nope.hcl", "services/bake.hlc"]',
      [
        "error buildfile/include-not-found bake.hcl:1: the included file nope.hcl does not exist",
        'error buildfile/include-not-found bake.hcl:1: the included file services/bake.hlc does not exist [did you mean "bake.hcl"?]',
      ],
    ],
    [
      "that is a folder",
      '["services/"]',
      [
        'error buildfile/include-unreadable bake.hcl:1: the included services/ is no file [write "services/docker-bake.hcl", or whatever the file is called]',
      ],
    ],
    [
      "that is an address",
      '["https://example.test/bake.hcl"]',
      [
        "error buildfile/include-not-found bake.hcl:1: https://example.test/bake.hcl is an address, and only local files can be included",
      ],
    ],
    [
      "with a broken pattern",
      '["[.hcl"]',
      [
        "error buildfile/include-pattern bake.hcl:1: the pattern [.hcl is broken [a [ needs its ], and a \\ something behind it]",
      ],
    ],
    [
      "that matches nothing",
      '["*.json"]',
      ["warning buildfile/include-matches-nothing bake.hcl:1: no file matches *.json"],
    ],
  ])("%s is told at its place", async (_, list, problems) => {
    const loaded = await loadFiles({ "bake.hcl": `include = ${list}\n`, "services/bake.hcl": "" });
    expect(loaded.problems).toEqual(problems);
  });

  it("that closes a circle is told with the chain", async () => {
    const loaded = await loadFiles({
      "bake.hcl": 'include = ["x/a.hcl"]\n',
      "x/a.hcl": 'include = ["b.hcl"]\n',
      "x/b.hcl": '\ninclude = ["a.hcl"]\n',
    });
    expect(loaded.problems).toEqual([
      "error buildfile/include-cycle x/b.hcl:2: build files include each other: x/a.hcl → x/b.hcl → x/a.hcl [move what they share into a file of its own that each of them includes]",
    ]);
    const self = await loadFiles({ "bake.hcl": 'include = ["bake.hcl"]\n' });
    expect(self.problems).toEqual(["error buildfile/include-cycle bake.hcl:1: bake.hcl includes itself [take it out]"]);
    const named = await loadFiles(
      { "a.hcl": 'include = ["b.hcl"]\n', "b.hcl": 'include = ["a.hcl"]\n' },
      { files: ["a.hcl", "b.hcl"] },
    );
    expect(named.problems).toHaveLength(1);
  });

  it("with an error in it has it told with its own name", async () => {
    const loaded = await loadFiles({ "bake.hcl": 'include = ["s/bake.hcl"]\n', "s/bake.hcl": "\ntarget {\n" });
    expect(loaded.problems[0]).toMatch(/^error hcl\/[a-z-]+ s\/bake\.hcl:/);
  });

  it("of thousands of files is refused", async () => {
    const files = Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`f${i}.hcl`, ""]));
    const loaded = await loadFiles({ ...files, "bake.hcl": 'include = ["f*.hcl"]\n' });
    expect(loaded.problems).toEqual(["error buildfile/include-limit bake.hcl:1: more than 2000 files are included"]);
  });

  it("that bake would take for a constant in use stays one", async () => {
    const loaded = await loadFiles({ "bake.hcl": 'include = ["x"]\ntarget "t" { args = { A = include[0] } }' });
    expect(loaded).toMatchObject({
      a: { t: "x" },
      problems: [expect.stringMatching(/^warning buildfile\/include-ignored/)],
    });
  });
});

describe("an env file", () => {
  const file = 'variable "V" { default = "default" }\nvariable "L" {\n type = list(string)\n}\n';
  const files = { "bake.hcl": file, "one.env": "V=one\nL=a,b\n", "two.env": "V=two\n" };

  it.each<[string, Omit<LoadOptions, "workingFolder">, string]>([
    ["the default", {}, "default"],
    ["an env file over the default", { environmentFiles: ["one.env"] }, "one"],
    ["a later env file over an earlier one", { environmentFiles: ["one.env", "two.env"] }, "two"],
    ["the environment over env files", { environmentFiles: ["one.env"], environment: { V: "env" } }, "env"],
    ["NAME_JSON of the environment too", { environmentFiles: ["one.env"], environment: { V_JSON: "json" } }, "json"],
    [
      "--var over all",
      { environmentFiles: ["one.env"], environment: { V: "env" }, variables: new Map([["V", "var"]]) },
      "var",
    ],
    [
      "an env file although the environment is switched off",
      { environmentFiles: ["one.env"], environment: { V: "env", BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP: "1" } },
      "one",
    ],
  ])("%s", async (_, options, expected) => {
    expect((await loadFiles(files, options)).variables.V).toBe(expected);
  });

  it("fills variables by their types", async () => {
    expect((await loadFiles(files, { environmentFiles: ["one.env"] })).variables.L).toBe('["a","b"]');
  });

  it("is told when it is missing or wrong", async () => {
    const missing = await loadFiles(files, { environmentFiles: ["nope.env"] });
    expect(missing.problems).toEqual(["error buildfile/file-not-found: env file nope.env does not exist"]);
    const wrong = await loadFiles({ ...files, "bad.env": "V=1\nnonsense\n" }, { environmentFiles: ["bad.env"] });
    expect(wrong.problems[0]).toMatch(/^error buildfile\/env-file-line bad\.env:2: this line has no =/);
  });

  it("whose value does not fit is told by file", async () => {
    const text = 'variable "N" { default = 1 }\n';
    const loaded = await loadFiles({ "bake.hcl": text, "n.env": "N=x\n" }, { environmentFiles: ["n.env"] });
    expect(loaded.problems[0]).toContain('variable "N" cannot take the value of N in n.env: "x" is no number');
  });
});
