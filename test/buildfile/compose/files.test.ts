import { expect, test } from "vitest";
import { brief, loadTexts } from "./load-texts.ts";

function merged(one: string, two: string): Readonly<Record<string, unknown>> | undefined {
  const texts = { "one.yaml": `services:\n  app:\n${one}`, "two.yaml": `services:\n  app:\n${two}` };
  const { targets, diagnostics } = loadTexts(texts, {}, ["one.yaml", "two.yaml"]);
  expect(brief(diagnostics)).toEqual([]);
  return targets.app;
}

const merges: readonly {
  readonly title: string;
  readonly one: string;
  readonly two: string;
  readonly settings: object;
}[] = [
  { title: "a text is replaced", one: "build: {target: a}", two: "build: {target: b}", settings: { target: "b" } },
  {
    title: "a short form gives the context",
    one: "build: ./a",
    two: "build: {target: b}",
    settings: { context: "a", target: "b" },
  },
  {
    title: "a short form keeps the rest",
    one: "build: {target: b}",
    two: "build: ./a",
    settings: { context: "a", target: "b" },
  },
  {
    title: "tags append, each once",
    one: "build: {tags: [a, b]}",
    two: "build: {tags: [b, c]}",
    settings: { tags: ["a", "b", "c"] },
  },
  {
    title: "platforms append",
    one: "build: {platforms: [a]}",
    two: "build: {platforms: [b]}",
    settings: { platforms: ["a", "b"] },
  },
  {
    title: "a map and a list of arguments merge",
    one: "build: {args: {A: 1, B: 1}}",
    two: "build: {args: [B=2, C=3]}",
    settings: { args: { A: "1", B: "2", C: "3" } },
  },
  {
    title: "a name alone hides an argument",
    one: "build: {args: {A: 1}}",
    two: "build: {args: [A]}",
    settings: { args: {} },
  },
  {
    title: "nothing replaces nothing",
    one: "build: {args: {A: 1}, target: t}",
    two: "build: {args:, target:}",
    settings: { args: { A: "1" }, target: "t" },
  },
  {
    title: "limits of two forms",
    one: "build: {ulimits: {nofile: 5}}",
    two: "build: {ulimits: {nofile: {soft: 1, hard: 2}}}",
    settings: { ulimits: ["nofile=1:2"] },
  },
  {
    title: "hosts of two forms",
    one: "build: {extra_hosts: {a: 1.1.1.1}}",
    two: "build: {extra_hosts: ['b=2.2.2.2', 'a=1.1.1.1']}",
    settings: { "extra-hosts": { a: "1.1.1.1", b: "2.2.2.2" } },
  },
  {
    title: "!override replaces a list",
    one: "build: {tags: [a]}",
    two: "build: {tags: !override [b]}",
    settings: { tags: ["b"] },
  },
  {
    title: "!reset takes away one argument",
    one: "build: {args: {A: 1, B: 2}}",
    two: "build: {args: {A: !reset null}}",
    settings: { args: { B: "2" } },
  },
  {
    title: "extensions merge",
    one: "build: {x-bake: {tags: [a], pull: true}}",
    two: "build: {x-bake: {tags: [b]}}",
    settings: { tags: ["a", "b"], pull: true },
  },
  { title: "an image of the second file", one: "build: .", two: "image: i", settings: { tags: ["i"] } },
];

test.each(merges)("two files: $title", ({ one, two, settings }) => {
  expect(merged(`    ${one}`, `    ${two}`)).toMatchObject(settings);
});

test("!reset takes away a whole key, a build section and a service", () => {
  expect(merged("    build: {args: {A: 1}}", "    build: {args: !reset null}")).not.toHaveProperty("args");
  const service = "services: {app: {image: i, build: .}, old: {build: .}}";
  const reset = "services: {app: {build: !reset null}, old: !reset null}";
  const { targets } = loadTexts({ "1.yaml": service, "2.yaml": reset }, {}, ["1.yaml", "2.yaml"]);
  expect(targets).toEqual({});
});

test("documents of one file are laid over each other", () => {
  const { targets } = loadTexts({
    "compose.yaml": "services: {app: {build: {target: a}}}\n---\nservices: {app: {build: ./x}}\n",
  });
  expect(targets.app).toMatchObject({ context: "x", target: "a" });
});

test("values of two kinds cannot be merged", () => {
  const texts = { "1.yaml": "services: {app: {build: {tags: [a]}}}", "2.yaml": "services: {app: {build: {tags: b}}}" };
  const { diagnostics } = loadTexts(texts, {}, ["1.yaml", "2.yaml"]);
  expect(brief(diagnostics)).toContain("compose/cannot-merge error 2.yaml:1:26");
});

test("a service begins as the one it extends, over several steps and out of order", () => {
  const { targets, diagnostics } = loadTexts({
    "compose.yaml": [
      "services:",
      "  c: {extends: b, build: {args: {C: c, A: c}}}",
      "  b: {extends: {service: a}, build: {args: {B: b}, target: !reset null}}",
      "  a: {build: {args: {A: a}, target: t, tags: [x]}}",
    ].join("\n"),
  });
  expect(diagnostics).toEqual([]);
  expect(targets.c).toEqual({ context: ".", args: { A: "c", B: "b", C: "c" }, tags: ["x"] });
});

test("paths of extended and included files start from the folders of those files", () => {
  const { targets, diagnostics } = loadTexts({
    "compose.yaml": [
      "include: [lib/compose.yaml, {path: other/c.yaml, project_directory: proj}]",
      "services:",
      "  app: {extends: {file: base/base.yaml, service: base}}",
      "  plain: {extends: {file: base/base.yaml, service: plain}}",
    ].join("\n"),
    "base/base.yaml":
      "services: {base: {build: ./src, extends: {file: deeper/d.yaml, service: d}}, plain: {build: {target: t}}}",
    "base/deeper/d.yaml": "services: {d: {build: {additional_contexts: {x: ./y}}}}",
    "lib/compose.yaml": "services: {lib: {build: {target: t, secrets: [s]}}}\nsecrets: {s: {file: ./s.txt}}",
    "other/c.yaml": "services: {other: {build: ./o}}",
  });
  expect(brief(diagnostics)).toEqual([]);
  expect(targets).toMatchObject({
    app: { context: "base/src", contexts: { x: "base/deeper/y" } },
    plain: { context: "." },
    lib: { context: "lib", secret: [{ id: "s", src: "lib/s.txt" }] },
    other: { context: "proj/o" },
  });
});

test("what includes a file is laid over it, and its services can be extended", () => {
  const { targets, diagnostics } = loadTexts({
    "compose.yaml": "include: [lib.yaml]\nservices: {a: {build: {target: mine}}, b: {extends: a}}",
    "lib.yaml": "services: {a: {build: {target: theirs, tags: [t]}}}",
  });
  expect(diagnostics).toEqual([]);
  expect(targets.b).toMatchObject({ target: "mine", tags: ["t"] });
});

test("an included file has the variables of its own .env beneath those of the files around it", () => {
  const { targets } = loadTexts({
    "compose.yaml":
      "include: [lib/c.yaml, {path: two.yaml, env_file: two.env}]\nservices: {app: {build: {args: {V: '${V}', W: '${W-no}'}}}}",
    ".env": "V=outer\n",
    "lib/c.yaml": "services: {lib: {build: {args: {V: '${V}', W: '${W}'}}}}",
    "lib/.env": "V=inner\nW=inner\n",
    "two.yaml": "services: {two: {build: {args: {W: '${W}'}}}}",
    "two.env": "W=two\n",
  });
  expect(targets).toMatchObject({
    app: { args: { V: "outer", W: "no" } },
    lib: { args: { V: "outer", W: "inner" } },
    two: { args: { W: "two" } },
  });
});

test("circles of extends and include are shown and end", () => {
  const { diagnostics } = loadTexts({
    "compose.yaml":
      "include: [a.yaml]\nservices:\n  x: {extends: y, image: i}\n  y: {extends: {file: d.yaml, service: z}}\n",
    "a.yaml": "include: [b.yaml]\n",
    "b.yaml": "include: [./a.yaml]\n",
    "d.yaml": "services: {z: {extends: {file: compose.yaml, service: x}}}",
  });
  expect(brief(diagnostics)).toEqual([
    "compose/include-cycle error b.yaml:1:11",
    "compose/extends-cycle error d.yaml:1:12",
  ]);
  expect(diagnostics[0]?.message).toContain("a.yaml → b.yaml → a.yaml");
  expect(diagnostics[1]?.message).toContain('"z" → "x" → "y" → "z"');
});

test("a long chain of extends is followed", () => {
  const links = Array.from({ length: 5000 }, (_, i) => `  s${i}: {extends: s${i + 1}}`);
  const { targets, diagnostics } = loadTexts({
    "compose.yaml": `services:\n${links.join("\n")}\n  s5000: {build: ./end}\n`,
  });
  expect(diagnostics).toEqual([]);
  expect(targets.s0).toEqual({ context: "end" });
});
