import { describe, expect, test } from "vitest";
import type { RemoteTree } from "../../src/buildfile/remote-tree.ts";
import { plan } from "../../src/plan/create-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { missingPrivileges } from "../../src/plan/privilege/missing.ts";
import { definitionOf, factsOf } from "./planning.ts";

const git: RemoteTree = { address: "https://host/app.git#v1", kind: "git" };

function planned(text: string, remote: RemoteTree = git) {
  const definition = { ...definitionOf(text), remote };
  return plan(definition, {
    patterns: ["a"],
    overrides: [],
    purpose: "build",
    facts: factsOf({ files: { local: "folder" } }),
  });
}

function missing(found: Plan, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  const request = { grants: [], overrides: [], workingFolder: "/work", realPath: (path: string) => path };
  return missingPrivileges(found, { ...request, environment: new Map(Object.entries(environment)) }).map(
    ({ allow }) => allow,
  );
}

describe("a target whose build file was read from a repository", () => {
  test.each([
    ["", { context: git.address }, undefined],
    ['context = "./"', { context: git.address }, undefined],
    ['context = "services/../api/"', { context: "api" }, "api"],
    ['context = "cwd://local"', { context: "local" }, undefined],
    ['context = "https://other/x.git"', { context: "https://other/x.git" }, undefined],
  ])("with %j takes its context where it says", (attribute, wanted, inTree) => {
    const { value, diagnostics } = planned(`target "a" {\n${attribute}\n}`);
    expect(diagnostics).toEqual([]);
    expect(value.targets.get("a")).toMatchObject(wanted);
    expect(value.targets.get("a")?.remote?.context).toBe(inTree);
  });

  test("takes relative named contexts out of the repository and leaves the others alone", () => {
    const { value } = planned(
      'target "a" { contexts = { src = "./src", here = "cwd://local", base = "docker-image://x", up = "target:b" } }\ntarget "b" {}',
    );
    expect(value.targets.get("a")?.remote?.contexts).toEqual(new Map([["src", "src"]]));
    expect(value.targets.get("b")).toMatchObject({ context: git.address });
  });

  test("cannot leave the repository", () => {
    const { diagnostics } = planned('target "a" { context = "../secrets" }');
    expect(diagnostics).toMatchObject([
      { code: "plan/context-not-found", message: expect.stringContaining("leads out") },
    ]);
  });

  test("needs no privilege for what is in the repository, and one for what is outside the working folder here", () => {
    expect(missing(planned('target "a" {\ncontext = "api"\ncontexts = { x = "/etc" }\n}').value)).toEqual([]);
    const reaching = planned('target "a" {\ncontexts = { x = "cwd:///etc" }\ndockerfile = "/home/me/.ssh/id"\n}').value;
    expect(missing(reaching)).toEqual(["fs.read=/etc", "fs.read=/home/me/.ssh/id"]);
    expect(missing(reaching, { BUILDX_BAKE_ENTITLEMENTS_FS: "0" })).toHaveLength(2);
    expect(missing(reaching, { BAKE_ALLOW_REMOTE_FS_ACCESS: "1" })).toEqual([]);
    expect(missing(planned('target "a" { dockerfile = "cwd:///etc/passwd" }').value)).toEqual(["fs.read=/etc/passwd"]);
  });
});

test("in an archive the context . is the top of it", () => {
  const { value } = planned('target "a" {}', { address: "https://host/app.tgz", kind: "archive" });
  expect(value.targets.get("a")).toMatchObject({ context: ".", remote: { context: "." } });
});

test("beside a single build file there is nothing: its paths are local", () => {
  const { value } = planned('target "a" { context = "local" }', { address: "https://host/bake.hcl", kind: "file" });
  expect(value.targets.get("a")?.remote).toMatchObject({ contexts: new Map() });
  expect(value.targets.get("a")?.remote?.context).toBeUndefined();
});
