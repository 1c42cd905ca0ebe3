import { describe, expect, test } from "vitest";
import { ownerOf } from "../../../src/engine/copy/owner.ts";
import { emptyTree } from "../../../src/engine/tree/tree.ts";

const files: Readonly<Record<string, string>> = {
  "etc/passwd": "# comment\nroot:x:0:0::/root:/bin/sh\n app:x:1000:1001::/home/app:/bin/sh \napp:x:7:7\nodd:x\n",
  "etc/group": "root:x:0:\nappg:x:1001:\nstaff:x:50:app\n",
};
const accounts = async (path: string) => files[path];

describe("owners are looked up in the image", () => {
  test.each([
    ["app", 1000, 1001],
    ["app:staff", 1000, 50],
    ["app:7", 1000, 7],
    ["app:", 1000, 0],
    [":staff", 0, 50],
    [":", 0, 0],
    ["12", 12, 12],
    ["12:", 12, 0],
    ["12:app", 12, 12],
    ["012", 12, 12],
    [":12", 0, 12],
    ["root", 0, 0],
    ["root:staff", 0, 50],
    ["odd", 0, 0],
    ["4294967294", 4294967294, 4294967294],
  ])("%s", async (spec, uid, gid) => {
    expect(await ownerOf(spec, accounts)).toMatchObject({ uid, gid });
  });

  test.each([
    ["nobody", ['no user is called "nobody" in /etc/passwd of the image']],
    ["app:nogroup", ['no group is called "nogroup" in /etc/group of the image']],
    ["nobody:nogroup", ['no user is called "nobody"', 'no group is called "nogroup"']],
    ["app:staff", []],
    ["12:13", []],
    ["", []],
  ])("%s warns of names nobody has", async (spec, messages) => {
    const { warnings } = await ownerOf(spec, accounts);
    expect(warnings.map(({ message }) => message)).toEqual(messages.map((text) => expect.stringContaining(text)));
  });

  test.each(["-1", "4294967295", "1:99999999999"])("%s is refused", async (spec) => {
    await expect(ownerOf(spec, accounts)).rejects.toMatchObject({ code: "build/invalid-owner" });
  });

  test("numbers and root need no files", async () => {
    const nothing = async () => undefined;
    expect(await ownerOf("3:root", nothing, emptyTree)).toEqual({ uid: 3, gid: 0, warnings: [] });
    await expect(ownerOf("app", nothing, emptyTree)).rejects.toMatchObject({ code: "build/unknown-owner" });
  });
});
