import type { Circumstances, Entries, Entry } from "./entry.ts";

/** A whole file. */
function file(text: string, fix: string, circumstances?: Circumstances): Entry {
  return { fix, example: { "compose.yaml": text }, ...(circumstances && { circumstances }) };
}

/** A file with one service that is built, with these lines in it. */
function service(lines: readonly string[], fix: string, circumstances?: Circumstances): Entry {
  return file(["services:", "  app:", ...lines.map((line) => `    ${line}`), ""].join("\n"), fix, circumstances);
}

/** Like `service`, the lines being those of the build section. */
function build(lines: readonly string[], fix: string, rest = ""): Entry {
  const indented = ["build:", ...lines.map((line) => `  ${line}`)];
  const entry = service(indented, fix);
  return rest === "" ? entry : file(`${Object.values(entry.example ?? {}).join("")}${rest}`, fix);
}

export const composeEntries: Entries = {
  "compose/syntax": file(
    "services:\n  app: [\n",
    "Correct the place that is marked; indentation counts, and tabs are none.",
  ),
  "compose/duplicate-key": service(["build: .", "build: app"], "Keep one of them."),
  "compose/key": file("services:\n  app:\n    build: .\n    ? [a]\n    : b\n", "Write a plain word."),
  "compose/alias": file("services:\n  app:\n    build: *nothing\n", "Write the anchor (`&name`) before it."),
  "compose/merge-key": service(["build: .", "<<: text"], "Give it a map, or an alias of one."),
  "compose/too-deep": file(
    `services:\n  app:\n    build: .\n    x-a: ${"[".repeat(300)}${"]".repeat(300)}\n`,
    "Nest less.",
  ),
  "compose/too-large": file(
    [
      "services:",
      "  app:",
      "    build: .",
      'x-0: &x0 ["a", "a", "a", "a", "a", "a", "a", "a", "a", "a"]',
      ...Array.from(
        { length: 9 },
        (_, i) => `x-${i + 1}: &x${i + 1} [${Array.from({ length: 10 }, () => `*x${i}`).join(", ")}]`,
      ),
      "",
    ].join("\n"),
    "Repeat less.",
  ),
  "compose/not-compose": file("- services\n", "Begin with `services:`."),
  "compose/interpolation": build(["context: ${1}"], "Write `${NAME}`; a plain dollar sign is `$$`."),
  "compose/required-variable": build(["context: ${FOLDER:?name a folder}"], "Set the variable."),
  "compose/unset-variable": build(
    ["context: .", "args:", "  TAG: $TAG"],
    "Set it, or give it a default: `${TAG:-dev}`.",
  ),
  "compose/value-type": build(["args: 5"], "Write a value of the type it takes."),
  "compose/unknown-key": build(["contxt: ."], "Correct the spelling."),
  "compose/cannot-merge": {
    fix: "Write both as lists, or both as maps.",
    example: {
      "compose.yaml": "services:\n  app:\n    build: .\n    x-list: [a]\n",
      "compose.override.yaml": "services:\n  app:\n    x-list: text\n",
    },
    circumstances: { files: ["compose.yaml", "compose.override.yaml"] },
  },
  "compose/extends": service(["build: .", "extends: base"], "Name a service there is."),
  "compose/extends-cycle": file(
    "services:\n  app:\n    build: .\n    extends: web\n  web:\n    build: .\n    extends: app\n",
    "Break the circle that the message shows.",
  ),
  "compose/include": file("include: 5\nservices:\n  app:\n    build: .\n", "List paths of files."),
  "compose/include-cycle": {
    fix: "Remove one of the includes that the message shows.",
    example: {
      "compose.yaml": "include: [other.yaml]\nservices:\n  app:\n    build: .\n",
      "other.yaml": "include: [compose.yaml]\nservices:\n  web:\n    build: .\n",
    },
  },
  "compose/file-not-found": file("include: [other.yaml]\nservices:\n  app:\n    build: .\n", "Correct the path."),
  "compose/env-file": {
    fix: "Write `NAME=value`.",
    example: { "compose.yaml": "services:\n  app:\n    build: .\n", ".env": "@ dev\n" },
  },
  "compose/service-name": file("services:\n  my app:\n    build: .\n", "Use letters, digits, `_`, `.` and `-`."),
  "compose/service-incomplete": service(["environment: [A=1]"], "Add `build:` or `image:`."),
  "compose/conflict": build(["dockerfile: Dockerfile", "dockerfile_inline: FROM scratch"], "Keep one of them."),
  "compose/secret": build(["context: .", "secrets: [token]"], "Define the secret at the top of the file."),
  "compose/context": build(
    ["context: .", "additional_contexts:", "  base: service:base"],
    "Name a service that has a build section.",
  ),
  "compose/entry": build(["context: .", "cache_to: ['a=b,']"], "Write `type=…` and the other keys."),
  "compose/number-text": build(["context: .", "args:", "  VERSION: 1.10"], "Put it in quotes."),
  "compose/ignored-key": build(["context: .", "isolation: default"], "Remove it."),
  "compose/nothing-to-build": service(["image: example.test/app"], "Add a `build:` section to what is to be built."),
};
