import type { Entries } from "./entry.ts";

export const buildfileEntries: Entries = {
  "buildfile/none-found": {
    meaning: "No build file was named, and the working folder has none.",
    fix: "Write a `docker-bake.hcl`, or name a file with `-f`.",
    example: {},
  },
  "buildfile/file-not-found": {
    meaning: "A build file that was named does not exist.",
    fix: "Correct the path; it starts from the working folder.",
    example: {},
    circumstances: { files: ["docker-bake.hcl"] },
  },
  "buildfile/file-unreadable": {
    meaning: "A build file cannot be read, is no UTF-8 text, or is larger than 64 MiB.",
    fix: "Name a file, and look at its permissions and its encoding.",
    example: {},
    circumstances: { files: ["."] },
  },
  "buildfile/file-left-out": {
    meaning: "A file under one of tsbake's own names is not read, because bake would read another one.",
    fix: "Name both with `-f`, or make them one.",
    example: { "docker-bake.hcl": 'target "app" {}\n', "bake.toml": "[target.docs]\n" },
  },
  "buildfile/bad-switch": {
    meaning: "A variable of the environment that switches something is neither true nor false.",
    fix: "Set it to `1` or `0`, or unset it.",
    example: 'target "app" {}\n',
    circumstances: { environment: { BUILDX_BAKE_FILE_RELATIVE_PATHS: "maybe" } },
  },
  "buildfile/label-count": { fix: "Give the block one name.", example: "target {}\n" },
  "buildfile/invalid-name": { fix: "Choose another name.", example: 'target "my app" {}\n' },
  "buildfile/unexpected-attribute": {
    fix: "Remove it.",
    example: 'group "all" {\n  name    = "x"\n  targets = []\n}\n',
  },
  "buildfile/not-constant": { fix: "Write the text out.", example: 'variable "V" {\n  description = "${1}"\n}\n' },
  "buildfile/cycle": { fix: "Break the circle that the message shows.", example: "a = b\nb = a\n" },
  "buildfile/default-type": {
    fix: "Change the default or the type.",
    example: 'variable "V" {\n  type    = number\n  default = "x"\n}\n',
  },
  "buildfile/override-value": {
    fix: "Set the variable to a value of its type; lists are comma separated, or JSON in `V_JSON`.",
    example: 'variable "V" {\n  default = 1\n}\n',
    circumstances: { environment: { V: "x" } },
  },
  "buildfile/validation-failed": {
    fix: "Set the variable to a value that its rule allows; the message is the rule's own.",
    example:
      'variable "TAG" {\n  default = "latest"\n  validation {\n    condition     = TAG != "latest"\n    error_message = "Name a version."\n  }\n}\n',
  },
  "buildfile/validation-condition": {
    fix: "Write a comparison, or a function that answers true or false.",
    example: 'variable "V" {\n  validation {\n    condition = []\n  }\n}\n',
  },
  "buildfile/function-incomplete": { fix: "Add what is missing.", example: 'function "f" {\n  params = []\n}\n' },
  "buildfile/function-parameter": {
    fix: "List plain names, each once.",
    example: 'function "f" {\n  params = [1]\n  result = 1\n}\n',
  },
  "buildfile/function-name": {
    fix: "Correct the spelling, or make it a parameter.",
    example: 'function "f" {\n  params = []\n  result = nope\n}\n',
  },
  "buildfile/function-depth": {
    fix: "Let the functions call each other less deeply.",
    example: Array.from(
      { length: 20 },
      (_, i) =>
        `function "f${i}" {\n  params = []\n  result = ${"[".repeat(100)}${i > 0 ? `f${i - 1}()` : 1}${"]".repeat(100)}\n}\n`,
    ).join(""),
  },
  "buildfile/reference-form": { fix: "Name the target and the attribute.", example: "a = target\n" },
  "buildfile/reference-early": {
    fix: "Let both read a variable instead.",
    example: 'variable "V" {\n  default = target.app.tags\n}\ntarget "app" {}\n',
  },
  "buildfile/unknown-reference": { fix: "Correct the spelling.", example: "a = target.app.tags\n" },
  "buildfile/matrix-shape": {
    fix: "Write lists: `matrix = { version = [1, 2] }`.",
    example: 'target "app" {\n  matrix = 1\n}\n',
  },
  "buildfile/matrix-size": {
    fix: "Use fewer axes or values.",
    example: 'target "app" {\n  name   = "x"\n  matrix = { a = range(500), b = range(500) }\n}\n',
  },
  "buildfile/matrix-name": {
    fix: "Let the name use every axis.",
    example: 'target "app" {\n  name   = "app"\n  matrix = { version = [1, 2] }\n}\n',
  },
  "buildfile/group-targets": { fix: "Add `targets = [ … ]`.", example: 'group "all" {}\n' },
  "buildfile/attribute-type": {
    fix: "Write a value of the type it takes.",
    example: 'target "app" {\n  tags = 1\n}\n',
  },
  "buildfile/attribute-entry": {
    fix: "Write `type=…` and the other keys, or an object.",
    example: 'target "app" {\n  attest = ["a=b"]\n}\n',
  },
  "buildfile/unknown-block": { fix: "Correct the spelling.", example: 'tragte "app" {}\n' },
  "buildfile/reserved-name": { fix: "Choose another name.", example: 'variable "target" {}\n' },
  "buildfile/unknown-attribute": { fix: "Correct the spelling.", example: 'target "app" {\n  tgas = ["app"]\n}\n' },
  "buildfile/unexpected-block": {
    fix: "Write it with an equals sign: `args = { … }`.",
    example: 'target "app" {\n  args {\n    A = 1\n  }\n}\n',
  },
  "buildfile/override-hidden": {
    fix: "Set one of both.",
    example: 'variable "V" {\n  type = string\n}\n',
    circumstances: { variables: { V: "a" }, environment: { V_JSON: '"b"' } },
  },
  "buildfile/unused-override": {
    fix: "Correct the spelling, or drop the flag.",
    example: 'variable "TAG" {}\n',
    circumstances: { variables: { TGA: "1" } },
  },
  "buildfile/hidden-group": {
    fix: "Give the group another name.",
    example: 'group "app" {\n  targets = []\n}\ntarget "app" {\n  name   = "app-${v}"\n  matrix = { v = [1, 2] }\n}\n',
  },
  "buildfile/include-not-found": {
    fix: "Correct the path; it starts from the folder of the file that includes.",
    example: 'include = ["services/api/bake.hcl"]\ntarget "app" {}\n',
  },
  "buildfile/include-unreadable": {
    fix: "Name a file, and look at its permissions and its encoding.",
    example: 'include = ["services"]\ntarget "app" {}\n',
    circumstances: { extra: { "services/api.hcl": "" } },
  },
  "buildfile/include-pattern": {
    fix: "Close the bracket, or put a backslash before it.",
    example: 'include = ["services/[a/bake.hcl"]\ntarget "app" {}\n',
  },
  "buildfile/include-cycle": {
    fix: "Drop one of the includes that the message shows.",
    example: { "docker-bake.hcl": 'include = ["other.hcl"]\n', "other.hcl": 'include = ["docker-bake.hcl"]\n' },
  },
  "buildfile/include-limit": {
    fix: "Use narrower patterns.",
    noExample: "It takes more files than fit on this page.",
  },
  "buildfile/include-ignored": {
    fix: "Write a list of plain texts, or give the attribute another name.",
    example: 'include = 1\ntarget "app" {}\n',
  },
  "buildfile/include-matches-nothing": {
    fix: "Correct the pattern, or drop it.",
    example: 'include = ["services/*/bake.hcl"]\ntarget "app" {}\n',
  },
  "buildfile/compose-included": {
    meaning: "Compose files are read beside other build files and cannot be included by them.",
    fix: "Name it with `-f`, beside the others.",
    example: {
      "docker-bake.hcl": 'include = ["compose.dev.yaml"]\n',
      "compose.dev.yaml": "services:\n  app:\n    build: .\n",
    },
  },
  "buildfile/include-in-remote": {
    meaning:
      "Build files that are read from a remote address include nothing, because includes are read from this machine.",
    fix: "Name every file with `-f`.",
    noExample: "It takes a remote definition: `tsbake build https://…`.",
  },
  "buildfile/env-file-line": {
    fix: "Write `NAME=value`, and comments behind a `#`.",
    example: { "docker-bake.hcl": 'variable "TAG" {}\n', ".env": "TAG\n" },
    circumstances: { environmentFiles: [".env"] },
  },
};
