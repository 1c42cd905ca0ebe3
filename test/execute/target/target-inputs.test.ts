import { expect, test } from "vitest";
import { isRemoteAddress, targetInputs } from "../../../src/execute/target/target-inputs.ts";
import type { Target } from "../../../src/plan/plan.ts";
import { targetOf } from "../../buildkit/solve-request.ts";

const inputsOf = (target: Partial<Target>) => targetInputs(targetOf(target), new Map(), "/work");
const folders = (target: Partial<Target>) =>
  Object.fromEntries(inputsOf(target).folders.map(({ name, path }) => [name, path]));
const attributes = (target: Partial<Target>) => Object.fromEntries(inputsOf(target).attributes);

test.each([
  [{}, { context: "/work", dockerfile: "/work" }, "Dockerfile", "Dockerfile"],
  [{ context: "app" }, { context: "/work/app", dockerfile: "/work/app" }, "Dockerfile", "app/Dockerfile"],
  [
    { context: "app", dockerfile: "../docker/app.df" },
    { context: "/work/app", dockerfile: "/work/docker" },
    "app.df",
    "docker/app.df",
  ],
  [{ context: "/else", dockerfile: "/df/Df" }, { context: "/else", dockerfile: "/df" }, "Df", "/df/Df"],
])("%o is served from its folders", (target, expected, filename, label) => {
  expect(folders(target)).toEqual(expected);
  expect(attributes(target)).toEqual({ filename });
  expect(inputsOf(target).dockerfileLabel).toBe(label);
});

test.each([
  "https://example.org/a.git#main:sub",
  "git@example.org:a/b",
  "ssh://git@h/a",
  "github.com/a/b",
  "git://h/a",
  "http://h/a.tgz",
])("%s is fetched by the node", (context) => {
  expect(isRemoteAddress(context)).toBe(true);
  expect(folders({ context })).toEqual({});
  expect(attributes({ context, dockerfile: "sub/Df" })).toEqual({ context, filename: "sub/Df" });
});

test.each(["app", "./http", "/git", "a@b", "C:/x"])("%s is a folder", (context) =>
  expect(isRemoteAddress(context)).toBe(false),
);

test("a Dockerfile of ours can go with a context of the node's", () => {
  const target = { context: "https://example.org/a.git", dockerfile: "/df/Df" };
  expect(folders(target)).toEqual({ dockerfile: "/df" });
  expect(attributes(target)).toEqual({ context: target.context, filename: "Df", dockerfilekey: "dockerfile" });
});

test("a Dockerfile by its address is downloaded, and served under its own key", () => {
  const inputs = inputsOf({ dockerfile: "https://example.org/Df" });
  expect(inputs.dockerfileAddress).toBe("https://example.org/Df");
  expect(inputs.dockerfileLabel).toBe("https://example.org/Df");
  expect(Object.fromEntries(inputs.attributes)).toEqual({ filename: "Dockerfile", dockerfilekey: "dockerfile" });
  expect(inputs.folders.map(({ name }) => name)).toEqual(["context"]);
});

test("a context by standard input has its Dockerfile in it, or beside it", () => {
  expect(folders({ context: "-" })).toEqual({});
  expect(attributes({ context: "-", dockerfile: "sub/Df" })).toEqual({ filename: "sub/Df" });
  expect(folders({ context: "-", dockerfile: "/df/Df" })).toEqual({ dockerfile: "/df" });
});

test("an inline Dockerfile is asked for under its own key", () => {
  const inputs = inputsOf({ dockerfileInline: "FROM scratch", dockerfile: "ignored" });
  expect(Object.fromEntries(inputs.attributes)).toEqual({ filename: "Dockerfile", dockerfilekey: "dockerfile" });
  expect(inputs.folders.map(({ name }) => name)).toEqual(["context"]);
  expect(inputs.dockerfileLabel).toBe("dockerfile-inline of app");
});

test("named contexts go by address, or as folders of their own names", () => {
  const contexts = new Map([
    ["alpine", "docker-image://alpine:3"],
    ["src", "https://example.org/a.git"],
    ["lib", "../lib"],
    ["context", "cwd://other"],
  ]);
  expect(attributes({ contexts })).toMatchObject({
    "context:alpine": "docker-image://alpine:3",
    "context:src": "https://example.org/a.git",
    "context:lib": "local:lib",
    "context:context": "local:_context",
  });
  expect(folders({ contexts })).toEqual({
    context: "/work",
    dockerfile: "/work",
    lib: "/lib",
    _context: "/work/other",
  });
});

test("links are left to those who know the results", () => {
  const inputs = targetInputs(
    targetOf({ contexts: new Map([["base", "target:base"]]) }),
    new Map([["base", "base#0"]]),
    "/work",
  );
  expect([...inputs.attributes.keys()]).toEqual(["filename"]);
  expect(inputs.frontendCaps).toEqual(["moby.buildkit.frontend.contexts+forward"]);
});

test.each([
  ["https://example.org/a.git?ref=main", true],
  ["https://example.org/a.git#main", false],
  ["https://example.org/a.tgz?token=1", false],
  ["git@example.org:a/b?subdir=x", true],
])("%s asks for queries of git addresses: %s", (context, asked) => {
  expect(inputsOf({ context }).frontendCaps.includes("moby.buildkit.frontend.gitquerystring")).toBe(asked);
});
