import { describe, expect, test } from "vitest";
import { positionAt } from "../../../src/base/span.ts";
import { ignoreFilter } from "../../../src/dockerfile/ignore/ignore-filter.ts";
import { isImageReference } from "../../../src/dockerfile/lint/image-reference.ts";
import { type LintFacts, lintDockerfile } from "../../../src/dockerfile/lint/lint.ts";
import { ruleAddress, rules } from "../../../src/dockerfile/lint/rules.ts";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { parsed } from "../parsing.ts";
import { lintCases } from "./cases.ts";

const platforms = { buildPlatform: "linux/amd64", targetPlatform: "linux/amd64" };

function lint(text: string, facts: Partial<LintFacts> = {}) {
  const result = lintDockerfile(parsed(text), { ...platforms, ...facts });
  const found = result.findings.map(({ rule, span }) => `${rule} ${positionAt(span.source, span.start).line}`);
  return { ...result, found };
}

test("every rule is found in the cases that are held against the real linter", () => {
  const found = Object.values(lintCases).flatMap(({ dockerfile, ignore = "", buildArguments = {} }) => {
    const filter = ignoreFilter({ name: ".dockerignore", text: ignore }).value;
    return lint(dockerfile, { ignore: filter, buildArguments: new Map(Object.entries(buildArguments)) }).findings;
  });
  expect([...new Set(found.map(({ rule }) => rule))].sort()).toEqual(Object.keys(rules).sort());
});

describe("a comment above an instruction", () => {
  test.each([
    [
      "silences a rule for it",
      "FROM scratch\n# check=skip=MaintainerDeprecated\nMAINTAINER a\nMAINTAINER b\n",
      ["MaintainerDeprecated 4"],
    ],
    ["silences rules of the stage's line", "# note\n\n# check=skip=all\nFROM scratch as B\n", []],
    [
      "asks for an experimental rule",
      "FROM scratch\n# check=experimental=all\n# what\nARG A\n# what\nARG B\n",
      ["InvalidDefinitionDescription 4"],
    ],
    ["says nothing when it is broken", "FROM scratch\n# check=skp=all\nMAINTAINER a\n", ["MaintainerDeprecated 3"]],
  ])("%s", (_, text, expected) => {
    expect(lint(text).found).toEqual(expected);
  });
});

test("findings fail where the file says so", () => {
  expect(lint("# check=error=true\nFROM scratch\nMAINTAINER a\n").failing).toBe(true);
  expect(lint("# check=error=true\nFROM scratch\n").failing).toBe(false);
  expect(lint("FROM scratch\nMAINTAINER a\n").failing).toBe(false);
});

test("options of the command line stand in for those of the file", () => {
  const options = { skip: "all", experimental: [], error: true } as const;
  expect(lint("# check=skip=none\nFROM scratch\nMAINTAINER a\n", { options })).toMatchObject({
    found: [],
    failing: false,
  });
});

test("of an unknown image nothing is said about variables; of a known one, its own are there", () => {
  const text = "FROM app\nCOPY $HOME_OF_APP $OTHER /\nCMD x\n";
  expect(lint(text).found).toEqual(["JSONArgsRecommended 3"]);
  const imageConfig = () => ({
    environment: [["HOME_OF_APP", "/a"]] as const,
    hasShell: true,
    triggers: ["MAINTAINER x", "ENV a b"],
  });
  expect(lint(text, { imageConfig }).found).toEqual(["LegacyKeyValueFormat 1", "UndefinedVar 2"]);
});

test("a context in place of a stage leaves nothing of it to look at", () => {
  const text = "FROM scratch AS base\nCMD x\nFROM base\nCOPY $A /\n";
  expect(lint(text, { contexts: new Set(["base"]) }).found).toEqual([]);
});

test.each([
  ["a file that an exception may bring back is not told of", "*\n!b\n", "COPY a /\n", []],
  ["public names are no secrets", "", "ENV PASSWORD_FILE=/x PUBLIC_KEY=1 KEY_VERSION=2\n", []],
  ["the root is told of when all is ignored", "**\n", "COPY . /\n", ["CopyIgnoredFile 2"]],
  ["the root is not told of otherwise", "?\n", "COPY . /\n", []],
  ["./ in front changes nothing", "a\n", "COPY ./a /\n", ["CopyIgnoredFile 2"]],
])("%s", (_, ignore, line, expected) => {
  const filter = ignoreFilter({ name: ".dockerignore", text: ignore }).value;
  expect(lint(`FROM scratch\n${line}`, { ignore: filter }).found).toEqual(expected);
});

test.each([
  ["FROM scratch\nEXPOSE x\nMAINTAINER a\n", "is no port"],
  ["FROM scratch AS a\nONBUILD COPY a\nFROM a\n", "COPY needs a destination"],
  ["ARG A=${B:?no}\nFROM scratch\n", "B: no"],
  ["FROM --platform=$NONE scratch\n", "empty platform value"],
  ["FROM scratch\nVOLUME $NONE\n", "VOLUME specified can not be an empty string"],
  ["FROM scratch\nCOPY --from=2 a b\n", "invalid stage index 2"],
  ["FROM scratch AS a\nCOPY --from=a a b\n", "circular dependency detected on stage: a"],
  [
    "FROM scratch AS a\nCOPY --from=c a b\nFROM scratch\nRUN --mount=from=a,target=/x y\nFROM scratch AS c\nCOPY --from=1 a b\n",
    "circular",
  ],
  ["FROM scratch\nCOPY --from=1 a b\nFROM scratch\n", 'cannot copy from stage "stage-1"'],
  ["FROM scratch\nRUN --mount=from=z,target=/x y\nFROM scratch AS z\n", 'cannot mount from stage "z" to "/x"'],
  [
    "FROM scratch AS a\nONBUILD COPY --from=z a b\nFROM a AS b\nFROM scratch AS z\nFROM b\n",
    'cannot copy from stage "z"',
  ],
])("%j stops a build", (text, message) => {
  const { value } = parseDockerfile({ name: "Dockerfile", text });
  expect(lintDockerfile(value, platforms).error?.message).toContain(message);
});

test("rules are explained where BuildKit explains them", () => {
  expect(ruleAddress("JSONArgsRecommended")).toBe("https://docs.docker.com/go/dockerfile/rule/json-args-recommended/");
  expect(ruleAddress("SecretsUsedInArgOrEnv")).toBe(
    "https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/",
  );
});

test.each<[string, boolean]>([
  ["scratch", true],
  ["alpine:3", true],
  ["localhost:5000/a/b__c.d-e:V1_.x", true],
  [`ghcr.io/a@sha256:${"0".repeat(64)}`, true],
  [`a:1@sha256:${"0".repeat(64)}`, true],
  ["Upper/name", true],
  ["UPPER", false],
  ["", false],
  ["a:", false],
  ["a//b", false],
  ["-a", false],
  ["0".repeat(64), false],
  [`a/${"b".repeat(255)}`, false],
  ["a b", false],
])("%.60s names an image: %s", (text, expected) => {
  expect(isImageReference(text)).toBe(expected);
});
