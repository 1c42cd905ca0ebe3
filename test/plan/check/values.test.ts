import { describe, expect, it, test } from "vitest";
import { type Asked, planOf } from "../planning.ts";

const building: Asked = { purpose: "build", files: { dir: "folder", "dir/app.Dockerfile": "file" } };

/** The problems of a target that says this. */
function problemsOf(attributes: string, asked: Asked = {}): readonly string[] {
  return planOf(`target "default" {\n${attributes}\n}`, asked).problems;
}

describe("a value that is wrong whatever is done with the plan", () => {
  test.each<[string, string]>([
    ['dockerfile = "-"', 'error plan/standard-input 2: the dockerfile of "default" cannot be read from stdin'],
    [
      'platforms = ["linux/amd64/v2/x/y"]',
      'error plan/bad-platform 2: platforms of "default": "linux/amd64/v2/x/y" is no platform',
    ],
    [
      'platforms = ["linux/amd64,toaster"]',
      'error plan/bad-platform 2: platforms of "default": "toaster" is neither an operating system nor an architecture',
    ],
    ['annotations = ["justkey"]', 'error plan/bad-annotation 2: annotations of "default": "justkey" has no value'],
    [
      'annotations = ["manifest[toaster]:a=b"]',
      'error plan/bad-annotation 2: annotations of "default": "toaster" is neither',
    ],
    ['ulimits = ["coffee=1"]', 'error plan/bad-ulimit 2: ulimits of "default": there is no limit "coffee"'],
    ['shm-size = "lots"', 'error plan/bad-size 2: shm-size of "default": "lots" is no size'],
    ['resources = { memory = "much" }', 'error plan/bad-size 2: resources.memory of "default": "much" is no size'],
    [
      'resources = { memory-swap = "-2" }',
      'error plan/bad-size 2: resources.memory-swap of "default": "-2" is no size',
    ],
  ])("%s", (attributes, expected) => {
    const problems = problemsOf(attributes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it("is doubted when no known machine has it", () => {
    expect(problemsOf('platforms = ["linux/amd46", "linux/arm64", "linux/riscv64"]')).toEqual([
      expect.stringMatching(
        /^warning plan\/unknown-platform 2: platforms of "default": "amd46" in "linux\/amd46" is of no known machine \[did you mean "amd64"\?\]/,
      ),
    ]);
    expect(problemsOf('platforms = ["linus/amd64"]')[0]).toContain('"linus" in "linus/amd64" is of no known machine');
  });

  it("is fine otherwise", () => {
    const attributes = `
      platforms = ["linux/amd64,linux/arm64", "local", "", "windows(10.0.17763)/amd64"]
      annotations = ["a=b", "", "index,manifest[linux/arm64]:c=d"]
      ulimits = ["core=-1"]
      shm-size = "1.5g"
      resources = { memory = "1g", memory-swap = "-1" }`;
    expect(problemsOf(attributes)).toEqual([]);
    expect(problemsOf(attributes, building)).toEqual([]);
  });
});

describe("a value that a build would stumble over", () => {
  test.each<[string, string]>([
    [
      'context = "nowhere"',
      'error plan/context-not-found 2: the context "nowhere" of "default" does not exist [paths start from /work]',
    ],
    [
      'context = "docker-image://alpine"',
      'error plan/unsupported-context 2: the context of "default" cannot be "docker-image://alpine" [give it a name:',
    ],
    [
      'dockerfile = "x"',
      'error plan/dockerfile-not-found 2: the Dockerfile "x" of "default" does not exist in the context "." [did you mean dockerfile = "Dockerfile"?]',
    ],
    [
      'context = "dir"\ndockerfile = "dir/app.Dockerfile"',
      'error plan/dockerfile-not-found 3: the Dockerfile "dir/app.Dockerfile" of "default" does not exist in the context "dir" [dockerfile is relative to the context; did you mean dockerfile = "app.Dockerfile"?]',
    ],
    [
      'dockerfile = "cwd://x"',
      'error plan/dockerfile-not-found 2: the Dockerfile "cwd://x" of "default" does not exist [did you mean dockerfile = "Dockerfile"?]',
    ],
    [
      'dockerfile = "dir/ap.Dockerfile"',
      'error plan/dockerfile-not-found 2: the Dockerfile "dir/ap.Dockerfile" of "default" does not exist in the context "." [did you mean dockerfile = "dir/app.Dockerfile"?]',
    ],
    [
      'context = "dri"',
      'error plan/context-not-found 2: the context "dri" of "default" does not exist [did you mean "dir"?]',
    ],
    [
      'dockerfile = "dir"',
      'error plan/dockerfile-not-found 2: the Dockerfile "dir" of "default" is a folder [did you mean dockerfile = "dir/Dockerfile"?]',
    ],
    ['network = "vpn"', 'error plan/bad-network 2: network of "default": "vpn" is no network of a build'],
    [
      'extra-hosts = { h = "example.com" }',
      'error plan/bad-extra-host 2: extra-hosts.h of "default": "example.com" is no IP address',
    ],
    ['extra-hosts = { h = "1.2.3.256" }', "error plan/bad-extra-host 2"],
    ['extra-hosts = { h = "1:2" }', "error plan/bad-extra-host 2"],
    ['tags = ["Repo/App"]', 'error plan/bad-tag 2: the tag "Repo/App" of "default": "App" has upper-case letters'],
    ['tags = ["a:b:c"]', 'error plan/bad-tag 2: the tag "a:b:c" of "default": "b:c" is no tag'],
  ])("%s", (attributes, expected) => {
    const problems = problemsOf(attributes, building);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
    expect(problemsOf(attributes).filter((problem) => problem.startsWith("error"))).toEqual([]);
  });

  it("is fine otherwise", () => {
    expect(
      problemsOf(
        `context = "dir"
         network = "host"
         extra-hosts = { a = "1.2.3.4", b = "::1", c = "[fe80::1]", d = "host-gateway", e = "1.1.1.1,::2" }
         tags = ["alpine", "ghcr.io/a/b-c__d:1.2", "localhost:5000/x", "UPPER.example/x:Tag"]`,
        building,
      ),
    ).toEqual([]);
    expect(problemsOf('context = "https://example.com/a.git"', building)).toEqual([]);
  });

  it.each([
    'dockerfile = "x"\ndockerfile-inline = "FROM scratch"',
    'dockerfile = "x"\ncall = "check"',
    'dockerfile = "https://example.com/Dockerfile"',
    'dockerfile = "cwd://dir/app.Dockerfile"',
    'context = "https://example.com/a.git"\ndockerfile = "x"',
    'context = "dir"',
  ])("is a Dockerfile that is not looked for here, or is there: %j", (attributes) => {
    expect(problemsOf(attributes, building)).toEqual([]);
  });
});

describe("the file of EXPERIMENTAL_BUILDKIT_SOURCE_POLICY", () => {
  it("has to be there", () => {
    const environment = { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: "policy.json" };
    expect(problemsOf("", { environment })).toEqual([
      'error plan/source-policy-unreadable: EXPERIMENTAL_BUILDKIT_SOURCE_POLICY is "policy.json", which is no file that can be read [unset the variable, or correct the path]',
    ]);
    expect(problemsOf("", { environment, files: { "policy.json": "file" } })).toEqual([]);
  });
});
