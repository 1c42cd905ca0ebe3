import { expect, test } from "vitest";
import { composeErrorHelp, composeWarningHelp } from "../../../src/buildfile/compose/compose-problems.ts";
import { brief, loadTexts } from "./load-texts.ts";

const base = "services:\n  app:\n    build:\n";

/** A file for every code, with the place where it is reported. */
const examples: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "compose/syntax": [["services:\n  a: [\n", "3:1"]],
  "compose/duplicate-key": [["services: {}\nservices: {}\n", "2:1"]],
  "compose/key": [["services: {a: {build: .}}\n? [x]\n: y\n", "2:3"]],
  "compose/alias": [["services: *x\n", "1:11"]],
  "compose/merge-key": [["services: {a: {<<: [1], build: .}}\n", "1:16"]],
  "compose/too-deep": [[`x: ${"[".repeat(200)}${"]".repeat(200)}`, "1:104"]],
  "compose/too-large": [
    [
      [
        "a: &a [x,x,x,x,x,x,x,x,x,x]",
        ..."bcdefgh".split("").map((name, i) => `${name}: &${name} [${`*${"abcdefg"[i]},`.repeat(10)}]`),
      ].join("\n"),
      "5:7",
    ],
  ],
  "compose/not-compose": [
    ["- services\n", "1:1"],
    ["name: x\n", "1:1"],
  ],
  "compose/interpolation": [[`${base}      target: "a \${!}"\n`, "4:18"]],
  "compose/required-variable": [[`${base}      target: \${X:?}\n`, "4:15"]],
  "compose/value-type": [
    ["services: []\n", "1:1"],
    ["services: {app: 1}\n", "1:12"],
    ["services: {app: {build: [a]}}\n", "1:25"],
    ["services: {app: {image: i, build: }}\n", "1:28"],
    [`${base}      target: 1\n`, "4:15"],
    [`${base}      labels: text\n`, "4:15"],
    [`${base}      no_cache: 7\n`, "4:17"],
    [`${base}      secrets: text\n`, "4:16"],
    [`${base}      tags: [a, 1]\n`, "4:17"],
    [`${base}      ulimits: {nofile: {soft: 1}}\n`, "4:25"],
    [`${base}      additional_contexts: [x]\n`, "4:29"],
  ],
  "compose/unknown-key": [
    [`${base}      target: a\n      flavour: vanilla\n`, "5:7"],
    [`${base}      secrets: [{source: s, colour: red}]\nsecrets: {s: {environment: S}}\n`, "4:29"],
  ],
  "compose/cannot-merge": [["services: {a: {build: {tags: [x]}}}\n---\nservices: {a: {build: {tags: {}}}}\n", "3:24"]],
  "compose/extends": [
    ["services: {a: {extends: b, image: i}}\n", "1:25"],
    ["services: {a: {extends: {file: x}, image: i}}\n", "1:16"],
    ["services: {a: {extends: {file: other.yaml, service: x}, image: i}}\n", "1:53"],
  ],
  "compose/extends-cycle": [["services: {a: {extends: b, image: i}, b: {extends: a}}\n", "1:12"]],
  "compose/include": [
    ["include: other.yaml\n", "1:10"],
    ["include: [{env_file: x}]\n", "1:11"],
    ["include: ['https://example.com/x.git']\n", "1:11"],
  ],
  "compose/include-cycle": [["include: [compose.yaml]\n", "1:11"]],
  "compose/file-not-found": [
    ["include: [none.yaml]\n", "1:11"],
    ["services: {a: {extends: {file: none.yaml, service: x}, image: i}}\n", "1:52"],
    ["services: {a: {build: ., env_file: none.env}}\n", "1:36"],
    ["services: {a: {build: .}, b: {image: x, env_file: none.env}}\n", "1:51"],
    ["include: [{path: other.yaml, env_file: none.env}]\n", "1:40"],
  ],
  "compose/env-file": [["services: {a: {build: ., env_file: broken.env}}\n", "broken.env:1:1"]],
  "compose/service-name": [
    ["services: {'a b': {image: i}}\n", "1:12"],
    ["services: {a.b: {build: .}, a_b: {build: .}}\n", "1:29"],
  ],
  "compose/service-incomplete": [
    ["services: {a:}\n", "1:12"],
    ["services: {a: {biuld: .}}\n", "1:16"],
    ["services: {a: {image: '${UNSET}'}, b: {build: .}}\n", "1:12"],
  ],
  "compose/conflict": [[`${base}      dockerfile: D\n      dockerfile_inline: FROM scratch\n`, "5:7"]],
  "compose/secret": [
    [`${base}      secrets: [s]\n`, "4:17"],
    [`${base}      secrets: [s]\nsecrets: {s: {external: true}}\n`, "4:17"],
    [`${base}      secrets: [{target: x}]\n`, "4:17"],
    ["secrets: {s: {}}\n", "1:11"],
  ],
  "compose/context": [
    [`${base}      additional_contexts: {x: service:none}\n`, "4:32"],
    [`${base}      additional_contexts: {x: service:db}\n  db: {image: i}\n`, "4:32"],
  ],
  "compose/entry": [
    [`${base}      cache_from: [scope=x]\n`, "4:20"],
    [`${base}      shm_size: 5q\n`, "4:17"],
    [`${base}      ulimits: {nofil: 5}\n`, "4:17"],
    [`${base}      ssh: [key]\n`, "4:13"],
    [`${base}      extra_hosts: [x]\n`, "4:21"],
    [`${base}      extra_hosts: {'a:b': 1.1.1.1}\n`, "4:21"],
    [`${base}      provenance: nonsense\n`, "4:19"],
    [`${base}      x-bake: {output: 'type='}\n`, "4:24"],
  ],
  "compose/unset-variable": [[`${base}      target: $X\n`, "4:15"]],
  "compose/number-text": [[`${base}      args: {V: 1.10}\n`, "4:17"]],
  "compose/ignored-key": [
    [`${base}      privileged: true\n`, "4:7"],
    [`${base}      x-bake: {tag: x}\n`, "4:16"],
  ],
  "compose/nothing-to-build": [["services: {a: {image: i}}\n", "1:1"]],
};

const cases = Object.entries(examples).flatMap(([code, files]) =>
  files.map(([text, place]) => ({ code, text, place })),
);

test.each(cases)("$code is reported at $place of $text", ({ code, text, place }) => {
  const { diagnostics } = loadTexts({ "compose.yaml": text, "broken.env": "no value\n", "other.yaml": "services: {}" });
  const severity = code in composeErrorHelp ? "error" : "warning";
  expect(brief(diagnostics)).toContain(`${code} ${severity} ${place.includes("env") ? "" : "compose.yaml:"}${place}`);
});

test("every code has an example", () => {
  expect(Object.keys(examples).sort()).toEqual(Object.keys({ ...composeErrorHelp, ...composeWarningHelp }).sort());
});

test("all mistakes of all files are reported at once, in order", () => {
  const texts = {
    "one.yaml": "services:\n  a: {build: {contxt: ., secrets: [none]}}\n  b: {}\n",
    "two.yaml": "services:\n  c: {build: {tags: one}}\n",
  };
  const { diagnostics } = loadTexts(texts, {}, ["one.yaml", "two.yaml"]);
  expect(brief(diagnostics)).toEqual([
    "compose/unknown-key error one.yaml:2:15",
    "compose/secret error one.yaml:2:36",
    "compose/service-incomplete error one.yaml:3:3",
    "compose/value-type error two.yaml:2:21",
  ]);
  expect(diagnostics[0]?.hint).toBe('did you mean "context"?');
});

test("a file that is no YAML hides what would follow from it", () => {
  const texts = { "one.yaml": "services: [", "two.yaml": "services: {a: {extends: b}}" };
  const { diagnostics } = loadTexts(texts, {}, ["one.yaml", "two.yaml"]);
  expect(diagnostics.map(({ code }) => code)).toEqual(["compose/syntax"]);
});

test("a broken .env is reported, and so is a broken file that is extended, without what follows", () => {
  const texts = {
    "compose.yaml": "services: {a: {extends: {file: base.yaml, service: b}, image: i}}",
    "base.yaml": "services: [",
    ".env": "A=1\nnot a line\n",
  };
  expect(brief(loadTexts(texts).diagnostics)).toEqual([
    "compose/env-file error .env:2:1",
    "compose/syntax error base.yaml:1:12",
  ]);
});
