import { expect, test } from "vitest";
import { type FolderSession, SharedFolders } from "../../../src/buildkit/node/shared-folders.ts";
import { requestOf } from "../solve-request.ts";

function sessions(): {
  readonly open: () => Promise<FolderSession>;
  readonly log: string[];
  readonly lose: () => void;
} {
  const log: string[] = [];
  let count = 0;
  let lost = 0;
  const open = async (): Promise<FolderSession> => {
    const id = String(++count);
    log.push(`open ${id}`);
    return { id, alive: () => Number(id) > lost, close: async () => void log.push(`close ${id}`) };
  };
  return { open, log, lose: () => (lost = count) };
}

const request = (name: string, context: string) => requestOf({ folder: "/work", target: { name, context } });
const folder = { name: "context", path: "/work/a" };

test("a folder that one build reads is not shared", async () => {
  const shared = new SharedFolders();
  shared.expect([request("one", "a"), request("two", "b")]);
  const { open, log } = sessions();
  expect(await shared.lease(folder, "one#0", open)).toBeUndefined();
  expect(log).toEqual([]);
});

test("a folder that several builds read has one session until the last of them ends", async () => {
  const shared = new SharedFolders();
  shared.expect([request("one", "a"), request("two", "a"), request("three", "a")]);
  const { open, log } = sessions();
  const leases = await Promise.all(["one#0", "two#0"].map((build) => shared.lease(folder, build, open)));
  expect(leases.map((lease) => lease?.sessionId)).toEqual(["1", "1"]);
  for (const lease of leases) await lease?.release();
  expect(log).toEqual(["open 1"]);
  const last = await shared.lease(folder, "three#0", open);
  await last?.release();
  expect(log).toEqual(["open 1", "close 1"]);
});

test("a lost session is opened anew, once", async () => {
  const shared = new SharedFolders();
  shared.expect([request("one", "a"), request("two", "a"), request("three", "a")]);
  const { open, log, lose } = sessions();
  await shared.lease(folder, "one#0", open);
  lose();
  const again = await Promise.all(["two#0", "three#0"].map((build) => shared.lease(folder, build, open)));
  expect(again.map((lease) => lease?.sessionId)).toEqual(["2", "2"]);
  await shared.close();
  expect(log).toEqual(["open 1", "open 2", "close 2"]);
});

test("a session that cannot be opened fails the builds that ask, not those that ask later", async () => {
  const shared = new SharedFolders();
  shared.expect([request("one", "a"), request("two", "a")]);
  const refused = async (): Promise<FolderSession> => {
    throw new Error("no connection");
  };
  await expect(shared.lease(folder, "one#0", refused)).rejects.toThrow("no connection");
  expect((await shared.lease(folder, "two#0", sessions().open))?.sessionId).toBe("1");
});
