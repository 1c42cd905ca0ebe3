import type { Entries } from "./entry.ts";

export const lintEntries: Entries = {
  "lint/unused-variable": {
    fix: "Remove it, or use it.",
    example: 'variable "TAG" {\n  default = "dev"\n}\ntarget "default" {}\n',
  },
  "lint/unused-global": {
    fix: "Remove it; an attribute of a target belongs between the braces of the target.",
    example: 'registry = "example.test"\ntarget "default" {}\n',
  },
  "lint/unused-function": {
    fix: "Remove it, or call it.",
    example: 'function "image" {\n  params = [name]\n  result = "example.test/${name}"\n}\ntarget "default" {}\n',
  },
  "lint/unused-parameter": {
    fix: "Remove it here and in the calls.",
    example:
      'function "image" {\n  params = [name, tag]\n  result = "example.test/${name}"\n}\ntarget "default" {\n  tags = [image("app", "1")]\n}\n',
  },
  "lint/unused-target": {
    fix: "Remove it, or inherit it.",
    example: 'target "_base" {\n  pull = true\n}\ntarget "default" {}\n',
  },
  "lint/shadowed-name": {
    fix: "Give one of both another name.",
    example:
      'variable "name" {\n  default = "app"\n}\nfunction "image" {\n  params = [name]\n  result = "example.test/${name}"\n}\ntarget "default" {\n  tags = [image(name)]\n}\n',
  },
  "lint/declared-twice": {
    fix: "Make it one block. Two files may declare a name, the later one to override the other.",
    example: 'target "default" {\n  pull = true\n}\ntarget "default" {\n  no-cache = true\n}\n',
  },
  "lint/duplicate-entry": {
    fix: "Remove one.",
    example: 'target "default" {\n  tags = ["example.test/app", "example.test/app"]\n}\n',
  },
  "lint/axis-without-effect": {
    fix: "Use the axis in an attribute, or remove it.",
    example: 'target "default" {\n  name   = "app-${version}"\n  matrix = { version = ["1", "2"] }\n}\n',
  },
  "lint/secret-in-args": {
    fix: "Hand it over as a secret, and mount it in the step that needs it: `RUN --mount=type=secret,id=token`.",
    example: 'target "default" {\n  args = { NPM_TOKEN = "abc" }\n}\n',
  },
  "lint/unqualified-push": {
    fix: "Put the registry or the owner before the name.",
    example: 'target "default" {\n  tags   = ["app"]\n  output = ["type=registry"]\n}\n',
  },
  "lint/output-in-context": {
    fix: "Write the output outside of the context, or name it in the context's `.dockerignore`.",
    example: {
      "docker-bake.hcl":
        'group "default" {\n  targets = ["docs", "app"]\n}\ntarget "docs" {\n  context = "docs"\n  output  = ["type=local,dest=out/docs"]\n}\ntarget "app" {}\n',
      Dockerfile: "FROM scratch\nCOPY . /\n",
    },
    circumstances: { extra: { "docs/Dockerfile": "FROM scratch\n" } },
  },
  "lint/not-portable": {
    fix: "Convert the file with `tsbake convert --to hcl`, rename it, or name files with `-f` instead of including them.",
    example: { "docker-bake.toml": "[target.default]\n" },
    circumstances: { portable: true },
  },
  "lint/unlisted-target": {
    fix: "Add it to a group, unless it is meant to be asked for by name.",
    example: 'group "default" {\n  targets = ["app"]\n}\ntarget "app" {}\ntarget "docs" {}\n',
  },
  "lint/needless-template": {
    fix: "Write the expression without the string around it.",
    example: 'variable "TAG" {\n  default = "dev"\n}\ntarget "default" {\n  args = { TAG = "${TAG}" }\n}\n',
  },
  "lint/legacy-syntax": {
    fix: "Use brackets: `[0]`, `[*]`.",
    example: 'versions = ["1", "2"]\ntarget "default" {\n  args = { VERSION = versions.0 }\n}\n',
  },
};
