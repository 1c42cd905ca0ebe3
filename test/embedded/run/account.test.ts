import { expect, test } from "vitest";
import { resolveAccount } from "../../../src/engine/run/account.ts";

const passwd =
  "root:x:0:0:root:/root:/bin/sh\n# comment\napp:x:1000:1001::/home/app:\n7:x:70:71::/seven:\nbroken\nhomeless:x:5:6:::\n";
const group = "root:x:0:\nstaff:x:50:root,app\nappg:x:1001:app\n9:x:90:\n";

test.each([
  ["", { uid: 0, gid: 0, groups: [0, 50], home: "/root" }],
  ["root", { uid: 0, gid: 0, groups: [0, 50], home: "/root" }],
  ["app", { uid: 1000, gid: 1001, groups: [1001, 50], home: "/home/app" }],
  ["1000", { uid: 1000, gid: 1001, groups: [1001, 50], home: "/home/app" }],
  ["app:staff", { uid: 1000, gid: 50, groups: [50], home: "/home/app" }],
  ["app:60", { uid: 1000, gid: 60, groups: [60], home: "/home/app" }],
  ["12", { uid: 12, gid: 0, groups: [0], home: "/" }],
  ["12:13", { uid: 12, gid: 13, groups: [13], home: "/" }],
  ["7", { uid: 70, gid: 71, groups: [71], home: "/seven" }],
  ["1:9", { uid: 1, gid: 90, groups: [90], home: "/" }],
  ["homeless", { uid: 5, gid: 6, groups: [6], home: "/" }],
])("USER %j is who the image's files say", (user, expected) => {
  expect(resolveAccount(user, { passwd, group })).toEqual(expected);
});

test("root is there without any files, nobody else by name is", () => {
  const nothing = { passwd: undefined, group: undefined };
  expect(resolveAccount("", nothing)).toEqual({ uid: 0, gid: 0, groups: [0], home: "/" });
  expect(() => resolveAccount("app", nothing)).toThrow("unable to find user app: no matching entries in /etc/passwd");
  expect(() => resolveAccount("0:wheel", nothing)).toThrow(
    "unable to find group wheel: no matching entries in /etc/group",
  );
  expect(() => resolveAccount("4294967295", nothing)).toThrow("unable to find user");
});
