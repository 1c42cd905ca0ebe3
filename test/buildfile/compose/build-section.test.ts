import { expect, test } from "vitest";
import { brief, loadBuild, loadTexts } from "./load-texts.ts";

const keys: readonly {
  readonly build: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rest?: string;
}[] = [
  { build: "dockerfile: D", settings: { context: ".", dockerfile: "D" } },
  { build: "context: ./a/../b/", settings: { context: "b" } },
  { build: "context: https://example.com/x.git#main", settings: { context: "https://example.com/x.git#main" } },
  { build: "context: ~/src", settings: { context: "/home/me/src" } },
  { build: "dockerfile_inline: FROM scratch", settings: { context: ".", "dockerfile-inline": "FROM scratch" } },
  { build: "target: t\nnetwork: host", settings: { context: ".", target: "t", network: "host" } },
  {
    build: "args: {A: x, B: 1, C: true, D: 1.50, E:, F: ''}",
    settings: { context: ".", args: { A: "x", B: "1", C: "true", D: "1.5", F: "" } },
  },
  { build: "args: [A=x, B=y=z, C]", settings: { context: ".", args: { A: "x", B: "y=z" } } },
  { build: "labels: {a: 1, b:}", settings: { context: ".", labels: { a: "1", b: "" } } },
  { build: "labels: [a=b, c]", settings: { context: ".", labels: { a: "b", c: "" } } },
  {
    build: "tags: [a, b]\nplatforms: [linux/amd64]",
    settings: { context: ".", tags: ["a", "b"], platforms: ["linux/amd64"] },
  },
  { build: "tags: []", settings: { context: "." } },
  {
    build: "cache_from: [a, 'type=gha,scope=x']\ncache_to: [type=inline]",
    settings: {
      context: ".",
      "cache-from": [
        { type: "registry", attributes: { ref: "a" } },
        { type: "gha", attributes: { scope: "x" } },
      ],
      "cache-to": [{ type: "inline", attributes: {} }],
    },
  },
  { build: "no_cache: true\npull: 'yes'", settings: { context: ".", "no-cache": true, pull: true } },
  { build: "no_cache: false\npull: 'off'", settings: { context: "." } },
  {
    build: "additional_contexts: {a: ./x/, b: docker-image://y, c: target:q.r}",
    settings: { context: ".", contexts: { a: "x", b: "docker-image://y", c: "target:q_r" } },
  },
  {
    build: "extra_hosts: {a: 1.2.3.4, b: ['[::1]', 2.2.2.2]}",
    settings: { context: ".", "extra-hosts": { a: "1.2.3.4", b: "::1,2.2.2.2" } },
  },
  {
    build: "extra_hosts: ['a=1.1.1.1', 'b:::1', 'a:2.2.2.2']",
    settings: { context: ".", "extra-hosts": { a: "1.1.1.1,2.2.2.2", b: "::1" } },
  },
  {
    build: "ulimits: {nproc: 5, nofile: {soft: 1, hard: '2'}}",
    settings: { context: ".", ulimits: ["nproc=5:5", "nofile=1:2"] },
  },
  {
    build: "ssh: [z=./k, default]",
    settings: {
      context: ".",
      ssh: [
        { id: "default", paths: [] },
        { id: "z", paths: ["k"] },
      ],
    },
  },
  {
    build: "ssh: {z: /k, a:}",
    settings: {
      context: ".",
      ssh: [
        { id: "a", paths: [] },
        { id: "z", paths: ["/k"] },
      ],
    },
  },
  { build: "shm_size: 64m", settings: { context: ".", "shm-size": "64MiB" } },
  { build: "shm_size: 1610612736", settings: { context: ".", "shm-size": "1.5GiB" } },
  { build: "shm_size: 100001", settings: { context: ".", "shm-size": "100001B" } },
  {
    build: "provenance: mode=max\nsbom: false",
    settings: {
      context: ".",
      attest: [
        { type: "sbom", disabled: true, attributes: {} },
        { type: "provenance", disabled: false, attributes: { mode: "max" } },
      ],
    },
  },
  {
    build: "secrets: [f, {source: e, target: x}]",
    rest: "secrets: {f: {file: ./f.txt}, e: {environment: E}}",
    settings: {
      context: ".",
      secret: [
        { id: "f", src: "f.txt" },
        { id: "e", env: "E" },
      ],
    },
  },
  { build: "context: .\nargs: !reset {A: 1}\ntags: [a, !reset b]", settings: { context: ".", tags: ["a"] } },
];

test.each(keys)("build section: $build", ({ build, settings, rest }) => {
  const { app, diagnostics } = loadBuild(build, {}, rest);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(app).toEqual(settings);
});

const extensions: readonly {
  readonly extension: string;
  readonly build?: string;
  readonly settings: Readonly<Record<string, unknown>>;
}[] = [
  { extension: "tags: a b", build: "tags: [z]", settings: { tags: ["z", "a", "b"] } },
  {
    extension: "ssh: [b=/k, default]",
    build: "ssh: [z=/z]",
    settings: {
      ssh: [
        { id: "b", paths: ["/k"] },
        { id: "default", paths: [] },
        { id: "z", paths: ["/z"] },
      ],
    },
  },
  { extension: "pull: false", build: "pull: true", settings: { pull: false } },
  {
    extension: "contexts: {a: ./kept/, b: service:x.y}",
    build: "additional_contexts: [a=./won/]",
    settings: { contexts: { a: "won", b: "target:x_y" } },
  },
  {
    extension: "output: [type=oci, out]",
    settings: {
      output: [
        { type: "oci", attributes: {} },
        { type: "local", attributes: { dest: "out" } },
      ],
    },
  },
  { extension: "no-cache-filter: a b", settings: { "no-cache-filter": ["a", "b"] } },
];

test.each(extensions)("x-bake: $extension", ({ extension, build = "context: .", settings }) => {
  const { app, diagnostics } = loadBuild(`${build}\nx-bake:\n  ${extension}`);
  expect(diagnostics).toEqual([]);
  expect(app).toMatchObject(settings);
});

test("names of services with dots become names of targets, and default is the group of all", () => {
  const { definition } = loadTexts({
    "compose.yaml": "services:\n  web.b: {build: .}\n  a: {build: .}\n  db: {image: postgres}\n",
  });
  expect([...definition.targets.keys()]).toEqual(["web_b", "a"]);
  expect(definition.groups.get("default")?.targets).toEqual(["a", "web_b"]);
});

test("services of which none is built make an empty group, so that building it is building nothing", () => {
  const { definition } = loadTexts({ "compose.yaml": "services:\n  db: {image: postgres}\n" });
  expect(definition.targets.size).toBe(0);
  expect(definition.groups.get("default")?.targets).toEqual([]);
});

test("settings say in which file and service they were written", () => {
  const { definition } = loadTexts({ "compose.yaml": "services:\n  app:\n    build:\n      args: {A: one}\n" });
  const origin = definition.targets.get("app")?.settings.args?.get("A")?.origin;
  if (origin?.kind !== "compose") throw new Error("the origin is no place in a compose file");
  expect(origin.service).toBe("app");
  expect(origin.span.source.text.slice(origin.span.start, origin.span.end)).toBe("one");
});

test("an argument without a value is looked for in the service, its env files and the environment", () => {
  const { targets, diagnostics } = loadTexts(
    {
      "compose.yaml": [
        "services:",
        "  app:",
        "    environment: {OWN: own, BOTH: own, THROUGH:}",
        "    env_file: [first.env, {path: second.env}, {path: none.env, required: false}]",
        "    build:",
        "      args: [OWN, BOTH, FILE, THROUGH, OUTER, NONE]",
      ].join("\n"),
      "first.env": "FILE=first\nBOTH=file\n",
      "second.env": "FILE=second\n",
    },
    {
      environment: new Map([
        ["OUTER", "outer"],
        ["OWN", "hidden"],
        ["THROUGH", "through"],
      ]),
    },
  );
  expect(brief(diagnostics)).toEqual([]);
  expect(targets.app?.args).toEqual({ OWN: "own", BOTH: "own", FILE: "second", THROUGH: "through", OUTER: "outer" });
});

test("contexts are relative to the folder that is asked for, other paths to the working folder", () => {
  const { app } = loadBuild("context: ./a\nadditional_contexts: {x: ../y, z: docker-image://z}\nssh: [k=./key]", {
    contextFolder: "sub",
  });
  expect(app).toMatchObject({
    context: "sub/a",
    contexts: { x: "y", z: "docker-image://z" },
    ssh: [{ id: "k", paths: ["key"] }],
  });
  expect(loadBuild("dockerfile: D", { contextFolder: "sub" }).app?.context).toBe("sub");
});
