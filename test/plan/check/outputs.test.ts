import { describe, expect, it, test } from "vitest";
import { type Asked, planOf } from "../planning.ts";

const files = { dir: "folder", file: "file" } as const;

function problemsOf(outputs: readonly string[], asked: Asked = {}, attributes = ""): readonly string[] {
  return planOf(`target "default" {\noutput = ${JSON.stringify(outputs)}\n${attributes}\n}`, { files, ...asked })
    .problems;
}

describe("an output that is fine", () => {
  test.each([
    ["dir"],
    ["new/folder"],
    ["type=tar,dest=new.tar"],
    ["type=oci,dest=file,compression=zstd,compression-level=22,force-compression=true"],
    ["type=oci,dest=dir,tar=false"],
    ["type=docker,context=remote"],
    ["type=local,dest=dir,platform-split=false,attestation-prefix=x,mode=delete"],
    [
      "type=image,name=a,push=true,oci-mediatypes=1,annotation.x=y,annotation-index.z=1,annotation-manifest[linux/arm64].k=v",
    ],
    ["type=image,name=a,push=,store=f,registry.insecure=true,rewrite-timestamp=true,source-date-epoch=17"],
    ["type=registry,name=a,push-by-digest=true,name-canonical="],
    ["type=cacheonly"],
  ])("%s", (output) => {
    expect(problemsOf([output], { purpose: "build" })).toEqual([]);
    expect(problemsOf([output])).toEqual([]);
  });
});

describe("a destination that cannot be", () => {
  test.each([
    [
      "type=local",
      'plan/bad-destination 2: output of "default": an output of type local needs a destination [add dest=FOLDER]',
    ],
    [
      "type=local,dest=-",
      'plan/bad-destination 2: output of "default": an output of type local writes a folder, which cannot go to standard output',
    ],
    [
      "type=oci,tar=false",
      'plan/bad-destination 2: output of "default": an output of type oci with tar=false writes a folder',
    ],
    [
      "type=docker,tar=false",
      'plan/bad-destination 2: output of "default": an output of type docker with tar=false needs a destination',
    ],
    ["file", 'plan/bad-destination 2: output of "default": "file" is a file, the dest of type local is a folder'],
    [
      "type=tar,dest=dir",
      'plan/bad-destination 2: output of "default": "dir" is a folder, the dest of type tar is a file [name a file in it, as in dest=dir/image.tar]',
    ],
    ["type=docker,dest=dir", 'plan/bad-destination 2: output of "default": "dir" is a folder'],
  ])("%s, not even in print", (output, expected) => {
    expect(problemsOf([output])[0]).toContain(`error ${expected}`);
  });

  it("is standard output for two", () => {
    expect(problemsOf(["type=tar", "type=oci"])[0]).toContain(
      'error plan/standard-output 2: output of "default": only one can go to standard output',
    );
  });

  it("is a terminal, when building", () => {
    expect(problemsOf(["-"], { terminal: true })).toEqual([]);
    expect(problemsOf(["-"], { terminal: true, purpose: "build" })[0]).toContain(
      'error plan/standard-output 2: output of "default": an archive cannot be shown on a terminal',
    );
  });
});

describe("a docker archive of several platforms", () => {
  const several = 'platforms = ["linux/amd64", "linux/arm64"]';

  it.each(["type=docker,dest=new.tar", "type=docker,dest=dir,tar=false", "type=docker,dest=-"])(
    "%s cannot be",
    (output) => {
      const message =
        'plan/several-platforms 2: output of "default": a docker archive holds one platform, and there are several';
      expect(problemsOf([output], { purpose: "build" }, several)[0]).toContain(`error ${message}`);
      expect(problemsOf([output], {}, several)[0]).toContain(`warning ${message}`);
    },
  );

  it("is fine in an engine, for another type, and when the platforms are one twice", () => {
    expect(problemsOf(["type=docker", "type=oci,dest=new.tar"], { purpose: "build" }, several)).toEqual([]);
    const twice = 'platforms = ["linux/amd64", "linux/amd64"]';
    expect(problemsOf(["type=docker,dest=new.tar"], { purpose: "build" }, twice)).toEqual([]);
  });
});

describe("a parameter that is wrong", () => {
  test.each([
    [
      "type=imagee",
      'plan/unknown-output-type 2: output of "default": there is no output type "imagee" [did you mean "image"?]',
    ],
    ["type=vhd", "[known are image, registry, oci, docker, tar, local and cacheonly]"],
    [
      "type=image,name=a,pussh=true",
      'plan/unknown-output-parameter 2: output of "default": an output of type image has no parameter "pussh" [did you mean "push"?]',
    ],
    ["type=image,name=a,dest=x", 'an output of type image has no parameter "dest"'],
    ["type=registry,ref=x,name=a", 'an output of type registry has no parameter "ref" [registry has name, compression'],
    ["type=local,dest=dir,annotation.x=y", 'an output of type local has no parameter "annotation.x"'],
    ["type=cacheonly,push=true", 'an output of type cacheonly has no parameter "push" [cacheonly has no parameters]'],
    [
      "type=image,name=a,push=yes",
      'plan/bad-output-parameter 2: output of "default": push of an output of type image is true or false, not "yes"',
    ],
    ["type=image,name=a,oci-mediatypes=", 'oci-mediatypes of an output of type image is true or false, not ""'],
    [
      "type=oci,compression=xz",
      'compression of an output of type oci is gzip, uncompressed, zstd or estargz, not "xz"',
    ],
    [
      "type=oci,compression-level=10",
      'compression-level of an output of type oci is a number from 0 to 9 for gzip, not "10"',
    ],
    ["type=oci,compression=zstd,compression-level=23", "is a number from 0 to 22 for zstd"],
    ["type=oci,compression=uncompressed,compression-level=1", "has no meaning for compression=uncompressed"],
    ["type=local,dest=dir,mode=move", 'mode of an output of type local is copy or delete, not "move"'],
    ["type=image,name=a,unpack=true,rewrite-timestamp=true", "unpack and rewrite-timestamp exclude each other"],
    ["type=tar,source-date-epoch=now", 'source-date-epoch of an output of type tar is a number of seconds, not "now"'],
  ])("%s fails a build and is a warning in print", (output, expected) => {
    const built = problemsOf([output], { purpose: "build" });
    expect(built).toHaveLength(1);
    expect(built[0]).toMatch(/^error /);
    expect(built[0]).toContain(expected);
    expect(problemsOf([output])).toEqual([built[0]?.replace(/^error/, "warning")]);
  });
});

describe("a push", () => {
  test.each([["type=registry"], ["type=image,push=true"], ["type=image,push="]])(
    "of %s needs a name to build",
    (output) => {
      expect(problemsOf([output], { purpose: "build" })).toEqual([
        'error plan/push-without-tag 2: output of "default": there is no name to push to [add tags to "default", or name=REPOSITORY to the output]',
      ]);
      expect(problemsOf([output], { purpose: "build" }, 'tags = ["a"]')).toEqual([]);
      expect(problemsOf([output])).toEqual([]);
    },
  );

  it("by digest takes names without tags", () => {
    const output = "type=registry,push-by-digest=true";
    expect(problemsOf([output], { purpose: "build" }, 'tags = ["r/a:1"]')[0]).toContain(
      'error plan/tagged-push-by-digest 2: output of "default": "r/a:1" has a tag',
    );
    expect(problemsOf([output], { purpose: "build" }, 'tags = ["r:5000/a"]')).toEqual([]);
  });

  it("of a target that is only linked to is none", () => {
    const text =
      'target "default" { contexts = { l = "target:l" } }\ntarget "l" { output = ["type=registry", "type=local"] }';
    expect(planOf(text, { purpose: "build" }).problems).toEqual([]);
  });
});
