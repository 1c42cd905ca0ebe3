import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gitInfo } from "../../../src/buildkit/target/git-info.ts";

const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"];
let root = "";
let commit = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "tsbake-git-info-")));
  const git = (...args: readonly string[]): string =>
    execFileSync("git", [...identity, "-C", root, ...args], { encoding: "utf8" }).trim();
  git("init", "-q");
  mkdirSync(join(root, "app"));
  writeFileSync(join(root, "app/Dockerfile"), "FROM scratch\n");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  git("remote", "add", "origin", "https://ada:secret@example.com/team/app.git");
  commit = git("rev-parse", "HEAD");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ask = async (environment: Readonly<Record<string, string>>, folder = join(root, "app")) =>
  Object.fromEntries(
    await gitInfo({
      folders: [
        { name: "context", path: folder },
        { name: "dockerfile", path: folder },
        { name: "elsewhere", path: tmpdir() },
      ],
      dockerfilePath: join(folder, "Dockerfile"),
      environment,
      known: new Map(),
    }),
  );

test("the commit, the address without its password and the places in the repository are told", async () => {
  expect(await ask({})).toEqual({
    "vcs:revision": commit,
    "vcs:source": "https://xxxxx@example.com/team/app.git",
    "vcs:localdir:context": "app",
    "vcs:localdir:dockerfile": "app",
  });
});

test("labels are for those who ask for them", async () => {
  const revision = { "label:org.opencontainers.image.revision": commit };
  const entrypoint = { "label:com.docker.image.source.entrypoint": "app/Dockerfile" };
  expect(await ask({ BUILDX_GIT_INFO: "0", BUILDX_GIT_LABELS: "1" })).toEqual({ ...revision, ...entrypoint });
  expect(await ask({ BUILDX_GIT_INFO: "0", BUILDX_GIT_LABELS: "full" })).toMatchObject({
    ...revision,
    "label:org.opencontainers.image.source": "https://xxxxx@example.com/team/app.git",
  });
});

test("changes are looked for where that is asked for", async () => {
  writeFileSync(join(root, "app/new"), "");
  expect(await ask({})).toMatchObject({ "vcs:revision": commit });
  expect(await ask({ BUILDX_GIT_CHECK_DIRTY: "true" })).toMatchObject({ "vcs:revision": `${commit}-dirty` });
});

test("nothing is told of a folder in no repository, or when that is not wanted", async () => {
  const outside = mkdtempSync(join(tmpdir(), "tsbake-no-git-"));
  try {
    expect(await ask({}, outside)).toEqual({});
    expect(await ask({ BUILDX_GIT_INFO: "false" })).toEqual({});
  } finally {
    rmSync(outside, { recursive: true });
  }
});
