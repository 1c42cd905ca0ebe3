import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { leaseAgent, removeDeadAgents } from "../../../src/engine/solve/lease-agent.ts";
import { processIdentity } from "../../../src/execute/process-identity.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbake-lease-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const nobodys = processIdentity().replace(/^\d+/, "4194305");

function leave(name: string, ageMs = 0): string {
  const path = join(folder, name);
  mkdirSync(path);
  const seconds = (Date.now() - ageMs) / 1000;
  utimesSync(path, seconds, seconds);
  return path;
}

test("an agent listens where only its owner gets to it, until its lease is closed", async () => {
  const lease = await leaseAgent({ kind: "keys", keys: [] });
  expect(readdirSync(folder)).toHaveLength(1);
  expect(statSync(join(lease.socket, "..")).mode & 0o777).toBe(0o700);
  const client = connect(lease.socket);
  await once(client.resume(), "connect");
  const closed = once(client, "close");
  await lease.close();
  await closed;
  expect(readdirSync(folder)).toEqual([]);
});

test("an agent listens where paths are short when the usual one is too long for a socket", async () => {
  const long = join(folder, "x".repeat(80));
  mkdirSync(long);
  vi.stubEnv("TMPDIR", long);
  const lease = await leaseAgent({ kind: "keys", keys: [] });
  expect(statSync(lease.socket).isSocket()).toBe(true);
  const client = connect(lease.socket);
  await once(client.resume(), "connect");
  const closed = once(client, "close");
  await lease.close();
  await closed;
  expect(existsSync(join(lease.socket, ".."))).toBe(false);
  expect(existsSync("/tmp")).toBe(true);
  expect(readdirSync(long)).toEqual([]);
});

test("sockets of killed processes go, those of running ones and everything else stay", async () => {
  const lease = await leaseAgent({ kind: "keys", keys: [] });
  const hourMs = 3600_000;
  const foreign = (random: string): string => `tsbake-ssh-77-5-abcdefabcdef-${random}`;
  const dead = [leave(`tsbake-ssh-${nobodys}`), leave(foreign("1"), 26 * hourMs)];
  const kept = [leave(foreign("2"), 20 * hourMs), leave(`other-${nobodys}`), lease.socket];
  await removeDeadAgents();
  expect(dead.filter((path) => existsSync(path))).toEqual([]);
  expect(kept.filter((path) => !existsSync(path))).toEqual([]);
  await lease.close();
});

test.skipIf(process.geteuid?.() !== 0)("what is called like one and belongs to somebody else stays", async () => {
  const path = leave(`tsbake-ssh-${nobodys}`);
  chownSync(path, 65_534, 65_534);
  await removeDeadAgents();
  expect(existsSync(path)).toBe(true);
});
