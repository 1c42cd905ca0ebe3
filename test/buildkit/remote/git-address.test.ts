import { describe, expect, test } from "vitest";
import { isGitAddress, parseGitAddress } from "../../../src/buildfile/git-address.ts";
import { gitAgents, gitSecrets } from "../../../src/execute/target/git-access.ts";

const plain = { overSsh: false, ref: "", subfolder: "", checksum: "", keepGitFolder: false, submodules: true };

describe("an address of git", () => {
  test.each([
    ["https://host/team/app.git", { url: "https://host/team/app.git", place: "host/team/app.git" }],
    ["http://127.0.0.1:8080/app.git", { url: "http://127.0.0.1:8080/app.git", place: "127.0.0.1:8080/app.git" }],
    ["https://host/app.git#v1", { url: "https://host/app.git", place: "host/app.git", ref: "v1" }],
    [
      "https://host/app.git#v1:services/api",
      { url: "https://host/app.git", place: "host/app.git", ref: "v1", subfolder: "services/api" },
    ],
    ["https://host/app.git#:api", { url: "https://host/app.git", place: "host/app.git", subfolder: "api" }],
    [
      "https://host/app.git?tag=v2&subdir=api&checksum=abc123&keep-git-dir=1",
      {
        url: "https://host/app.git",
        place: "host/app.git",
        ref: "refs/tags/v2",
        subfolder: "api",
        checksum: "abc123",
        keepGitFolder: true,
      },
    ],
    ["https://host/app.git?branch=x", { url: "https://host/app.git", place: "host/app.git", ref: "refs/heads/x" }],
    [
      "https://host/app.git?submodules=false",
      { url: "https://host/app.git", place: "host/app.git", submodules: false },
    ],
    ["git://host/app", { url: "git://host/app", place: "host/app" }],
    ["github.com/team/app#main", { url: "https://github.com/team/app", place: "github.com/team/app", ref: "main" }],
    ["ssh://git@host:22/app.git", { url: "ssh://git@host:22/app.git", place: "host:22/app.git", overSsh: true }],
    [
      "git@host:team/app.git#v1",
      { url: "git@host:team/app.git", place: "host/team/app.git", overSsh: true, ref: "v1" },
    ],
  ])("%s is read", (address, wanted) => {
    expect(isGitAddress(address)).toBe(true);
    expect(parseGitAddress(address)).toEqual({ ok: true, value: { ...plain, ...wanted } });
  });

  test.each(["https://host/app.tar.gz", "http://host/docker-bake.hcl?x=a.git", "app", "./app.git"])(
    "%s is none",
    (address) => {
      expect(isGitAddress(address)).toBe(false);
    },
  );

  test("with a misspelt parameter is refused", () => {
    expect(parseGitAddress("https://host/app.git?brnch=x")).toMatchObject({
      ok: false,
      message: expect.stringContaining(`"brnch"`),
    });
  });
});

test("secrets for git come from the environment, whatever the case of their names, for all hosts and for one", () => {
  const variables = {
    BUILDX_BAKE_GIT_AUTH_TOKEN: "a",
    "buildx_bake_git_auth_header.example.com": "b",
    BUILDX_BAKE_GIT_AUTH_TOKENS: "c",
    BUILDX_BAKE_GIT_AUTH_HEADER: "",
    BUILDX_BAKE_GIT_SSH: "d",
  };
  expect(gitSecrets(variables)).toEqual([
    { id: "GIT_AUTH_TOKEN", env: "BUILDX_BAKE_GIT_AUTH_TOKEN" },
    { id: "GIT_AUTH_HEADER.example.com", env: "buildx_bake_git_auth_header.example.com" },
  ]);
});

test.each([
  ["git@host:app.git", { BUILDX_BAKE_GIT_SSH: "/run/agent" }, [{ id: "default", paths: ["/run/agent"] }]],
  ["ssh://git@host/app.git", {}, [{ id: "default", paths: [] }]],
  ["https://host/app.git", { BUILDX_BAKE_GIT_SSH: "/run/agent" }, []],
])("the agent for %s with %j is %j", (address, variables, wanted) => {
  expect(gitAgents(address, variables)).toEqual(wanted);
});
