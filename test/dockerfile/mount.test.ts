import { describe, expect, test } from "vitest";
import { parsed } from "../../src/base/parsed.ts";
import { resolveMount } from "../../src/dockerfile/mount.ts";
import { instruction } from "./parsing.ts";

function mountOf(fields: string) {
  const [flag] = instruction("RUN", `RUN --mount=${fields} x`).mounts;
  if (flag === undefined) throw new Error("no mount");
  return resolveMount(flag, (text) => parsed(text.replace("$T", "tmpfs").replace("$V", "v")));
}

describe("a mount", () => {
  test.each([
    ["target=/a", { type: "bind", target: "/a", readOnly: true, required: false }],
    ["target=/a,rw", { type: "bind", readOnly: false }],
    ["target=/a,rw=false", { type: "bind", readOnly: true }],
    [
      "type=cache,target=/a,id=$V,sharing=LOCKED,mode=0700,uid=1,gid=2",
      { type: "cache", id: "v", sharing: "locked", mode: 0o700, uid: 1, gid: 2, readOnly: false },
    ],
    ["type=cache,dst=/a,readonly", { readOnly: true }],
    ["type=$T,target=/t,size=1.5g", { type: "tmpfs", sizeBytes: 1.5 * 1024 ** 3, readOnly: false }],
    ["type=tmpfs,target=/t,size=64mb", { sizeBytes: 64 * 1024 ** 2 }],
    ["type=secret,id=a,env=TOKEN,required", { type: "secret", id: "a", env: "TOKEN", required: true }],
    ["type=ssh,required=true", { type: "ssh", required: true }],
  ])("%s", (fields, expected) => {
    expect(mountOf(fields)).toMatchObject({ ok: true, value: expected });
  });
});

describe("is no mount:", () => {
  test.each([
    ["type=a$V", "mount type"],
    ["target", "needs a value"],
    ["target=/a,what=1", "key of a mount"],
    ["target=/a,required", '"required" is nothing that a mount of type bind takes'],
    ["target=/a,mode=0700", '"mode"'],
    ["target=/a,size=1", '"size"'],
    ["type=cache,target=/a,sharing=lockd", 'did you mean "locked"'],
    ["type=cache,target=/a,mode=9", "mode cannot be"],
    ["type=cache,target=/a,uid=-1", "uid cannot be"],
    ["type=tmpfs,target=/a,size=x", "size cannot be"],
    ["type=secret", "needs its id"],
    ["type=secret,id=a,source=b", "not both"],
    ["type=secret,id=a,from=b", '"from"'],
    ["target=/a,ro=maybe", "true or false"],
    ["target=/a,sharing=shared", '"sharing"'],
  ])("%s", (fields, complaint) => {
    expect(mountOf(fields)).toMatchObject({ ok: false, message: expect.stringContaining(complaint) });
  });
});
