import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSourcePolicy, parseSourcePolicy } from "../../../src/buildkit/target/source-policy.ts";

test("a source policy is read by names and by numbers, whatever the case of its keys", () => {
  const policy = parseSourcePolicy(
    JSON.stringify({
      version: 1,
      rules: [
        {
          action: "CONVERT",
          selector: { identifier: "docker-image://docker.io/library/alpine:latest", matchType: "EXACT" },
          updates: { identifier: "docker-image://example.org/alpine:3", attrs: { a: "b" } },
        },
        {
          Action: 1,
          selector: { identifier: "*", constraints: [{ key: "k", value: "v", condition: "MATCHES" }] },
          updates: null,
        },
      ],
    }),
  );
  expect(policy).toEqual({
    version: 1n,
    rules: [
      {
        action: 2,
        selector: {
          identifier: "docker-image://docker.io/library/alpine:latest",
          matchType: 1,
          constraints: [],
        },
        updates: { identifier: "docker-image://example.org/alpine:3", attrs: new Map([["a", "b"]]) },
      },
      {
        action: 1,
        selector: { identifier: "*", matchType: 0, constraints: [{ key: "k", value: "v", condition: 2 }] },
        updates: undefined,
      },
    ],
  });
});

test.each([
  ["[]", "the document is no object"],
  ["{", "JSON"],
  ['{"rules": {}}', "rules is no list"],
  ['{"rules": [{"action": "FORBID"}]}', 'rules[0].action is "FORBID", not ALLOW, DENY, CONVERT'],
  ['{"rules": [{"actoin": "DENY"}]}', 'rules[0] has the unknown key "actoin"'],
  ['{"rules": [{"selector": {"identifier": 1}}]}', "rules[0].selector.identifier is no text"],
  ['{"rules": [{"updates": {"attrs": {"a": 1}}}]}', "rules[0].updates.attrs.a is no text"],
])("the policy %s is refused", (text, message) => {
  expect(() => parseSourcePolicy(text)).toThrow(message);
});

test("a policy that is named and cannot be used fails the build; none is none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-policy-"));
  try {
    const host = (path: string) => ({
      variables: { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: path },
      homeFolder: folder,
      platform: process.platform,
    });
    expect(await loadSourcePolicy(host(""), folder)).toBeUndefined();
    await expect(loadSourcePolicy(host("missing.json"), folder)).rejects.toMatchObject({ code: "build/source-policy" });
    await writeFile(join(folder, "policy.json"), '{"rules":[]}');
    expect(await loadSourcePolicy(host("policy.json"), folder)).toEqual({ version: 0n, rules: [] });
  } finally {
    await rm(folder, { recursive: true });
  }
});
