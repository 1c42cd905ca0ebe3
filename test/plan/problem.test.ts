import { expect, test } from "vitest";
import { problemHelp } from "../../src/plan/problem.ts";
import { type Asked, planOf } from "./planning.ts";

/** For each code the least that brings it about. */
const examples: Readonly<Record<keyof typeof problemHelp, readonly [string, Asked?]>> = {
  "target-not-found": [""],
  "nothing-matches": ["", { names: ["x*"] }],
  "group-cycle": ['group "default" { targets = ["g"] }\ngroup "g" { targets = ["default"] }'],
  "parent-not-found": ['target "default" { inherits = ["x"] }'],
  "inheritance-cycle": ['target "default" { inherits = ["default"] }'],
  "bad-override": ['target "default" {}', { set: ["default"] }],
  "unknown-override-key": ['target "default" {}', { set: ["default.x=y"] }],
  "bad-override-value": ['target "default" {}', { set: ["default.pull=y"] }],
  "override-without-target": ['target "default" {}', { set: ["x.pull=1"] }],
  "undeclared-secret": ['target "default" {}', { set: ["default.secret.x=env=Y"] }],
  "link-not-found": ['target "default" { contexts = { x = "target:x" } }'],
  "link-cycle": ['target "default" { contexts = { x = "target:default" } }'],
  "link-platforms": [
    'target "x" { platforms = ["linux/386", "linux/arm"] }\ntarget "default" {\n platforms = ["linux/386", "linux/amd64"]\n contexts = { x = "target:x" }\n}',
  ],
  "standard-input": ['target "default" { dockerfile = "-" }'],
  "unsupported-context": ['target "default" { context = "target:x" }'],
  "context-not-found": ['target "default" { context = "x" }', { purpose: "build" }],
  "dockerfile-not-found": ['target "default" { dockerfile = "x" }', { purpose: "build" }],
  "bad-platform": ['target "default" { platforms = ["x"] }'],
  "unknown-platform": ['target "default" { platforms = ["linux/x"] }'],
  "bad-annotation": ['target "default" { annotations = ["x"] }'],
  "bad-ulimit": ['target "default" { ulimits = ["x"] }'],
  "bad-size": ['target "default" { shm-size = "x" }'],
  "bad-network": ['target "default" { network = "x" }', { purpose: "build" }],
  "bad-extra-host": ['target "default" { extra-hosts = { x = "y" } }', { purpose: "build" }],
  "bad-tag": ['target "default" { tags = ["-"] }', { purpose: "build" }],
  "secret-without-id": ['target "default" { secret = ["env=X"] }'],
  "secret-not-found": ['target "default" { secret = ["id=x"] }'],
  "secret-too-large": ['target "default" { secret = ["id=x"] }', { files: { x: { sizeBytes: 1e6 } } }],
  "secret-variable-unset": ['target "default" { secret = ["id=x,env=X"] }', { purpose: "build" }],
  "ssh-unavailable": ['target "default" { ssh = ["default"] }'],
  "source-policy-unreadable": ['target "default" {}', { environment: { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: "x" } }],
  "bad-destination": ['target "default" { output = ["type=local"] }'],
  "standard-output": ['target "default" { output = ["-", "type=oci"] }'],
  "unknown-cache-type": ['target "default" { cache-to = ["type=x"] }'],
  "bad-cache-parameter": ['target "default" { cache-to = ["type=registry"] }'],
  "unknown-attestation": ['target "default" { attest = ["type=x"] }'],
  "unknown-output-type": ['target "default" { output = ["type=x"] }'],
  "unknown-output-parameter": ['target "default" { output = ["type=image,x=y"] }'],
  "bad-output-parameter": ['target "default" { output = ["type=image,push=y"] }'],
  "several-platforms": [
    'target "default" {\n platforms = ["linux/amd64", "linux/arm64"]\n output = ["type=docker,dest=x.tar"]\n}',
    { purpose: "build" },
  ],
  "push-without-tag": ['target "default" { output = ["type=registry"] }', { purpose: "build" }],
  "tagged-push-by-digest": [
    'target "default" { output = ["type=registry,name=x:y,push-by-digest=true"] }',
    { purpose: "build" },
  ],
  "destination-collision": ['target "default" { output = ["x", "type=local,dest=./x"] }', { purpose: "build" }],
  "tag-collision": ['target "a" { tags = ["x"] }\ntarget "b" { tags = ["x"] }', { names: ["*"], purpose: "build" }],
  "cache-collision": [
    'target "a" { cache-to = ["x"] }\ntarget "b" { cache-to = ["x"] }',
    { names: ["*"], purpose: "build" },
  ],
};

test.each(Object.entries(examples))("%s", (code, [file, asked]) => {
  expect(planOf(file, asked).diagnostics.map((diagnostic) => diagnostic.code)).toEqual([`plan/${code}`]);
});

test("a line of help ends in a full stop, a message does not", () => {
  for (const help of Object.values(problemHelp)) expect(help).toMatch(/\.$/);
  for (const [file, asked] of Object.values(examples)) {
    for (const { message } of planOf(file, asked).diagnostics) expect(message).not.toMatch(/\.$/);
  }
});
