import { describe, expect, it, test } from "vitest";
import { planOf } from "../planning.ts";

/** The problems of building two targets that say this. */
function problemsOf(a: string, b: string): readonly string[] {
  return planOf(`target "a" {\n${a}\n}\ntarget "b" {\n${b}\n}`, { names: ["a", "b"], purpose: "build" }).problems;
}

describe("two targets", () => {
  test.each([
    [
      "write the same file",
      'output = ["type=oci,dest=x.tar"]',
      'output = ["type=tar,dest=./y/../x.tar"]',
      'error plan/destination-collision 5: "a" and "b" both write to "./y/../x.tar"',
    ],
    [
      "write the same file by its absolute path",
      'output = ["type=oci,dest=x.tar"]',
      'output = ["type=tar,dest=/work/x.tar"]',
      'error plan/destination-collision 5: "a" and "b" both write to "/work/x.tar"',
    ],
    [
      "write a file and a folder of one name",
      'output = ["type=oci,dest=x"]',
      'output = ["x"]',
      'error plan/destination-collision 5: "a" and "b" both write to "x"',
    ],
    [
      "share a folder",
      'output = ["x"]',
      'output = ["x/"]',
      'warning plan/destination-collision 5: "a" and "b" both write to "x/" [files of equal names overwrite each other',
    ],
    [
      "share a folder that one of them empties",
      'output = ["x"]',
      'output = ["type=local,dest=x,mode=delete"]',
      'error plan/destination-collision 5: "a" and "b" both write to "x"',
    ],
    [
      "write into a folder that is emptied",
      'output = ["type=local,dest=x,mode=delete"]',
      'output = ["type=oci,dest=x/y/z.tar"]',
      'error plan/destination-collision 2: "a" empties its folder, into which "b" writes "x/y/z.tar"',
    ],
    [
      "write to standard output",
      'output = ["-"]',
      'output = ["type=oci"]',
      'error plan/standard-output 5: "a" and "b" both write to standard output',
    ],
    [
      "push one name",
      'tags = ["x"]\noutput = ["type=registry"]',
      'tags = ["docker.io/library/x:latest"]\noutput = ["type=image,push=true"]',
      'error plan/tag-collision 6: "a" and "b" both name their image docker.io/library/x:latest',
    ],
    [
      "load one name",
      'tags = ["x:1"]\noutput = ["type=docker"]',
      'tags = ["x:1"]',
      'warning plan/tag-collision 6: "a" and "b" both name their image docker.io/library/x:1',
    ],
    [
      "export their cache to one ref",
      'cache-to = ["r/c"]',
      'cache-to = ["type=registry,ref=r/c:latest,mode=max"]',
      'warning plan/cache-collision 5: "a" and "b" export their cache to the same place (registry docker.io/r/c:latest)',
    ],
    [
      "export their cache to one scope",
      'cache-to = ["type=gha"]',
      'cache-to = ["type=gha,scope=buildkit"]',
      "warning plan/cache-collision 5",
    ],
    [
      "export their cache to one folder",
      'cache-to = ["type=local,dest=c"]',
      'cache-to = ["type=local,dest=./c/"]',
      "warning plan/cache-collision 5",
    ],
  ])("%s", (_, a, b, expected) => {
    const problems = problemsOf(a, b);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  test.each([
    ["different files", 'output = ["type=oci,dest=x.tar"]', 'output = ["type=oci,dest=y.tar"]'],
    ["folders inside of each other", 'output = ["x"]', 'output = ["x/y"]'],
    ["different tags of one repository", 'tags = ["x:1"]', 'tags = ["x:2"]'],
    [
      "one name in files and an engine",
      'tags = ["x"]\noutput = ["type=oci,dest=x.tar"]',
      'tags = ["x"]\noutput = ["type=docker"]',
    ],
    [
      "one repository by digest",
      'tags = ["x"]\noutput = ["type=registry,push-by-digest=true"]',
      'tags = ["x"]\noutput = ["type=registry,push-by-digest=true"]',
    ],
    ["inline caches", 'cache-to = ["type=inline"]', 'cache-to = ["type=inline"]'],
    ["one name, one of them only asked", 'tags = ["x"]', 'tags = ["x"]\ncall = "check"'],
  ])("have %s", (_, a, b) => {
    expect(problemsOf(a, b)).toEqual([]);
  });

  it("are both pointed at", () => {
    const { diagnostics } = planOf(
      'target "a" { output = ["type=oci,dest=x"] }\ntarget "b" { output = ["type=oci,dest=x"] }',
      {
        names: ["*"],
        purpose: "build",
      },
    );
    expect(diagnostics[0]?.related?.map(({ message }) => message)).toEqual(['"a" says it here']);
  });
});

describe("one target", () => {
  it("cannot write two outputs to one file", () => {
    const { problems } = planOf('target "default" { output = ["type=oci,dest=x", "type=tar,dest=./x"] }', {
      purpose: "build",
    });
    expect(problems).toEqual([
      'error plan/destination-collision 1: two outputs of "default" write to "./x" [give each its own dest]',
    ]);
  });

  it("may push and load the same names", () => {
    const { problems } = planOf('target "default" {\n tags = ["x"]\n output = ["type=registry", "type=docker"]\n}', {
      purpose: "build",
    });
    expect(problems).toEqual([]);
  });
});

it("collisions are not looked for in a plan that is only shown", () => {
  expect(
    planOf('target "a" { output = ["type=oci,dest=x"] }\ntarget "b" { output = ["type=oci,dest=x"] }', { names: ["*"] })
      .problems,
  ).toEqual([]);
});
