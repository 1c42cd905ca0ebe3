import { describe, expect, it, test } from "vitest";
import { parseSetFlag } from "../../../src/plan/override/set-flag.ts";
import { parseGrant } from "../../../src/plan/privilege/grant.ts";
import { missingPrivileges } from "../../../src/plan/privilege/missing.ts";
import { planOf } from "../planning.ts";

interface Given {
  readonly allow?: readonly string[];
  readonly set?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Symbolic links, from and to. */
  readonly links?: Readonly<Record<string, string>>;
}

/** The privileges a target that says this lacks. */
function missing(
  attributes: string,
  { allow = [], set = [], environment = {}, links = {} }: Given = {},
): readonly string[] {
  const { plan } = planOf(`target "default" {\n${attributes}\n}`, { set, environment });
  const variables = new Map(Object.entries(environment));
  const found = missingPrivileges(plan, {
    grants: allow.flatMap((text) => {
      const grants = parseGrant(text);
      return grants.ok ? grants.value : [];
    }),
    overrides: set.flatMap((text) => parseSetFlag(text, variables).value),
    environment: variables,
    workingFolder: "/work",
    realPath: (path) => {
      const link = Object.keys(links).find((each) => path === each || path.startsWith(`${each}/`));
      return link === undefined ? path : `${links[link]}${path.slice(link.length)}`;
    },
  });
  return found.map(({ allow: flag }) => flag);
}

describe("a build", () => {
  test.each<[string, readonly string[]]>([
    ['context = "."', []],
    [
      'context = "sub"\ncontexts = { a = "other", b = "docker-image://x", c = "https://example.com/x", d = "target:default2" }',
      [],
    ],
    ['context = "../up"', ["fs.read=../up"]],
    [
      'context = "../up"\ncontexts = { a = "/", b = "/srv/x" }\noutput = ["/up", "/upper"]',
      ["fs.read=/", "fs.write=/up", "fs.write=/upper"],
    ],
    ['context = "https://example.com/a.git"\ndockerfile = "../x"', []],
    ['dockerfile = "/etc/Dockerfile"', ["fs.read=/etc/Dockerfile"]],
    ['dockerfile = "../Dockerfile"', ["fs.read=../Dockerfile"]],
    ['contexts = { a = "/srv", b = "oci-layout:///l:tag@sha256:0" }', ["fs.read=/srv", "fs.read=/l"]],
    ['cache-from = ["type=local,src=/c"]\ncache-to = ["type=local,dest=/d"]', ["fs.read=/c", "fs.write=/d"]],
    ['secret = ["id=a,src=/s", "id=b,env=X"]', ["fs.read=/s"]],
    ['ssh = ["default", "k=/key"]', ["ssh", "fs.read=/key"]],
    [
      'output = ["type=oci,dest=/o.tar", "type=local,dest=out,mode=delete", "-"]',
      ["fs.write=/o.tar", "buildx.local.delete"],
    ],
    [
      'network = "host"\nentitlements = ["device=gpu", "security.insecure"]',
      ["device=gpu", "security.insecure", "network.host"],
    ],
  ])("that says %j needs %j", (attributes, expected) => {
    expect(missing(attributes)).toEqual(expected);
  });

  test.each<[string, Given]>([
    ['context = "../up"', { allow: ["fs.read=/up"] }],
    ['context = "/a/b"', { allow: ["fs=/a"] }],
    ['context = "/a/b"', { allow: ["fs.read=*"] }],
    ['context = "/a/b"', { allow: ["fs.read=/"] }],
    ['entitlements = ["device=gpu"]', { allow: ["device"] }],
    ['output = ["type=local,dest=out,mode=delete"]', { allow: ["buildx.local.delete"] }],
    ["", { set: ["default.output=type=oci,dest=/o.tar", "default.secrets=id=a,src=/s", "default.ssh=default"] }],
    ["", { set: ["default.entitlements=security.insecure", "default.cache-to=type=local,dest=/c"] }],
    ['context = "/a"', { environment: { BUILDX_BAKE_ENTITLEMENTS_FS: "0" } }],
    ['context = "/alias/x"', { links: { "/alias": "/work/y" } }],
  ])("that says %j has what it needs with %j", (attributes, given) => {
    expect(missing(attributes, given)).toEqual([]);
  });

  test.each<[string, Given, readonly string[]]>([
    ['output = ["/out"]', { allow: ["fs.read=/out"] }, ["fs.write=/out"]],
    ['context = "/ab"', { allow: ["fs.read=/a"] }, ["fs.read=/ab"]],
    ['contexts = { a = "inside" }', { links: { "/work/inside": "/etc" } }, ["fs.read=inside"]],
    ['network = "host"', { environment: { BUILDX_BAKE_ENTITLEMENTS_FS: "0" } }, ["network.host"]],
    ["", { set: ["default.context=/a"] }, ["fs.read=/a"]],
    ["", { set: ["default.output=type=local,dest=/x,mode=delete"] }, ["buildx.local.delete"]],
  ])("that says %j lacks, with %j, %j", (attributes, given, expected) => {
    expect(missing(attributes, given)).toEqual(expected);
  });
});

it("a privilege that several targets need is named once, with them", () => {
  const { plan } = planOf('target "a" { network = "host" }\ntarget "b" { network = "host" }', { names: ["*"] });
  const found = missingPrivileges(plan, {
    grants: [],
    overrides: [],
    environment: new Map(),
    workingFolder: "/",
    realPath: (path) => path,
  });
  expect(found).toEqual([{ allow: "network.host", use: "an entitlement", targets: ["a", "b"] }]);
});
