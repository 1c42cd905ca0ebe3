import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tree } from "../../../src/engine/tree/tree.ts";
import { walk } from "../../../src/engine/tree/walk.ts";
import { type GitServer, startGitServer } from "../../engine/git-server.ts";
import { run } from "../../engine/run-process.ts";
import { sourcesOn, testFolder } from "./source-setting.ts";

const signal = new AbortController().signal;

interface Forge extends AsyncDisposable {
  readonly server: GitServer;
  readonly work: string;
  readonly root: string;
  /** Commits of `work`, oldest first. */
  readonly commits: readonly string[];
}

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const settings = [
    "user.name=Test",
    "user.email=test@example.test",
    "commit.gpgsign=false",
    "protocol.file.allow=always",
  ];
  const { stdout } = await run("git", [...settings.flatMap((each) => ["-c", each]), ...args], { cwd: folder });
  return stdout.trim();
}

/** `app.git` with a branch, a tag of each kind and a commit that only a pull request has. */
async function forge(authorization?: string): Promise<Forge> {
  const folder = await testFolder();
  const [work, root] = [join(folder, "work"), join(folder, "root")];
  await mkdir(join(work, "services/api"), { recursive: true });
  await mkdir(root);
  await writeFile(join(work, "a.txt"), "first\n");
  await writeFile(join(work, "run.sh"), "#!/bin/sh\n");
  await chmod(join(work, "run.sh"), 0o755);
  await writeFile(join(work, "services/api/main"), "api\n");
  await symlink("a.txt", join(work, "link"));
  await git(work, "init", "-q", "-b", "main");
  const commits: string[] = [];
  const commit = async (message: string): Promise<void> => {
    await git(work, "add", "-A");
    await git(work, "commit", "-q", "-m", message);
    commits.push(await git(work, "rev-parse", "HEAD"));
  };
  await commit("First");
  await git(work, "tag", "light");
  await git(work, "tag", "-a", "-m", "Heavy", "heavy");
  await writeFile(join(work, "a.txt"), "second\n");
  await commit("Second");
  await git(work, "checkout", "-q", "-b", "side");
  await writeFile(join(work, "a.txt"), "third\n");
  await commit("Third");
  await git(work, "checkout", "-q", "main");
  await git(work, "clone", "-q", "--bare", work, join(root, "app.git"));
  await git(join(root, "app.git"), "update-ref", "refs/pull/7/head", commits[2] ?? "");
  await git(join(root, "app.git"), "branch", "-D", "side");
  const server = await startGitServer({ root, ...(authorization === undefined ? {} : { authorization }) });
  return { server, work, root, commits, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const list = (tree: Tree): string[] =>
  [...walk(tree, "")].map(({ type, mode, uid, path }) => `${type} ${mode.toString(8)} ${uid} ${path}`);

async function textOf(tree: Tree, path: string): Promise<string> {
  const entry = tree.lstat(path);
  if (entry?.type !== "file" || entry.content.kind !== "disk") throw new Error(`no file ${path}`);
  return readFile(entry.content.file, "utf8");
}

describe("a repository", () => {
  test("gives its files, with modes that git knows and nobody's owners", async () => {
    await using found = await forge();
    const { sources } = await sourcesOn(await testFolder());
    const { commit, tree } = await sources.git({ address: `${found.server.url}/app.git`, keepGitDir: false }, signal);
    expect(commit).toBe(found.commits[1]);
    expect(list(tree)).toEqual([
      "file 644 0 a.txt",
      "symlink 777 0 link",
      "file 755 0 run.sh",
      "folder 755 0 services",
      "folder 755 0 services/api",
      "file 644 0 services/api/main",
    ]);
    expect(await textOf(tree, "a.txt")).toBe("second\n");
  });

  test.each<[string, (commits: readonly string[]) => string, number]>([
    ["a branch", () => "#main", 1],
    ["a tag", () => "#light", 0],
    ["an annotated tag", () => "#heavy", 0],
    ["a full ref", () => "#refs/pull/7/head", 2],
    ["a part of a ref", () => "#pull/7/head", 2],
    ["a commit", ([first]) => `#${first}`, 0],
    ["a commit of no branch", ([, , third]) => `#${third}`, 2],
    ["the beginning of a commit", ([first]) => `#${first?.slice(0, 9)}`, 0],
    ["a query", ([first]) => `?tag=heavy&checksum=${first}`, 0],
    ["a branch and a folder", () => "#main:services/api", 1],
  ])("is had at %s", async (_, suffix, at) => {
    await using found = await forge();
    const { sources } = await sourcesOn(await testFolder());
    const address = `${found.server.url}/app.git${suffix(found.commits)}`;
    const { commit, tree } = await sources.git({ address, keepGitDir: false }, signal);
    expect(commit).toBe(found.commits[at]);
    expect(list(tree).some((line) => line.endsWith("main"))).toBe(true);
  });

  test("is not fetched again where its commit is known, but asked where a branch is by now", async () => {
    await using found = await forge();
    const folder = await testFolder();
    const fixed = { address: `${found.server.url}/app.git#${found.commits[0]}`, keepGitDir: false };
    const first = await (await sourcesOn(folder)).sources.git(fixed, signal);
    const asked = found.server.authorizations.length;
    const again = await (await sourcesOn(folder)).sources.git(fixed, signal);
    expect(found.server.authorizations.length).toBe(asked);
    expect(again.tree.lstat("a.txt")).toEqual(first.tree.lstat("a.txt"));
    const branch = { address: `${found.server.url}/app.git#main`, keepGitDir: false };
    await (await sourcesOn(folder)).sources.git(branch, signal);
    await writeFile(join(found.work, "a.txt"), "fourth\n");
    await git(found.work, "commit", "-q", "-a", "-m", "Fourth");
    await git(found.work, "push", "-q", join(found.root, "app.git"), "main");
    const { tree } = await (await sourcesOn(folder)).sources.git(branch, signal);
    expect(await textOf(tree, "a.txt")).toBe("fourth\n");
  });

  test("keeps its own folder when it is asked to", async () => {
    await using found = await forge();
    const { sources } = await sourcesOn(await testFolder());
    const { tree } = await sources.git({ address: `${found.server.url}/app.git#heavy`, keepGitDir: true }, signal);
    expect(tree.lstat(".git/HEAD")?.type).toBe("file");
    expect(await textOf(tree, ".git/HEAD")).toBe(`${found.commits[0]}\n`);
    expect(await textOf(tree, ".git/config")).toContain(`url = ${found.server.url}/app.git`);
    const entry = tree.lstat("a.txt");
    const folder =
      entry?.type === "file" && entry.content.kind === "disk" ? entry.content.file.replace(/\/a\.txt$/, "") : "";
    expect(await git(folder, "describe", "--tags")).toBe("heavy");
    expect(await git(folder, "status", "--porcelain")).toBe("");
  });

  test("brings its submodules, unless told not to", async () => {
    await using found = await forge();
    const outer = join(await testFolder(), "outer");
    await mkdir(outer);
    await git(outer, "init", "-q", "-b", "main");
    await git(outer, "submodule", "-q", "add", `${found.server.url}/app.git`, "vendor/app");
    await git(outer, "config", "-f", ".gitmodules", "submodule.vendor/app.url", "../app.git");
    await git(outer, "commit", "-q", "-a", "-m", "Outer");
    await git(outer, "clone", "-q", "--bare", outer, join(found.root, "outer.git"));
    const { sources } = await sourcesOn(await testFolder());
    const address = `${found.server.url}/outer.git`;
    const { tree } = await sources.git({ address, keepGitDir: false }, signal);
    expect(await textOf(tree, "vendor/app/a.txt")).toBe("second\n");
    expect(list(tree).filter((line) => /\/?\.git$/.test(line))).toEqual([]);
    const alone = await sources.git({ address: `${address}?submodules=false`, keepGitDir: false }, signal);
    expect(alone.tree.names("vendor/app")).toEqual([]);
    const inner = await sources.git({ address: `${address}#main:vendor/app/services`, keepGitDir: false }, signal);
    expect(list(inner.tree)).toEqual(["folder 755 0 api", "file 644 0 api/main"]);
  });

  test("for some is opened by a token, a header or the user of the address, and by nothing else", async () => {
    const authorization = `basic ${Buffer.from("x-access-token:tok").toString("base64")}`;
    await using found = await forge(authorization);
    const address = `${found.server.url}/app.git`;
    const { host } = new URL(found.server.url);
    const secrets: Readonly<Record<string, string>>[] = [
      { GIT_AUTH_TOKEN: "tok" },
      { [`GIT_AUTH_TOKEN.${host}`]: "tok", GIT_AUTH_TOKEN: "other" },
      { GIT_AUTH_HEADER: authorization },
    ];
    for (const given of secrets) {
      const { sources } = await sourcesOn(await testFolder());
      const request = { address, keepGitDir: false, secret: async (id: string) => given[id] };
      expect((await sources.git(request, signal)).commit).toBe(found.commits[1]);
    }
    const { sources, store } = await sourcesOn(await testFolder());
    const withUser = address.replace("//", "//x-access-token:tok@");
    expect((await sources.git({ address: withUser, keepGitDir: true }, signal)).commit).toBe(found.commits[1]);
    const { stdout } = await run("sh", ["-c", 'grep -rl "tok@" "$0" || true', store.folder]);
    expect(stdout).toBe("");
    const stranger = await sourcesOn(await testFolder(), { GIT_AUTH_TOKEN: "tok" });
    await expect(stranger.sources.git({ address, keepGitDir: false }, signal)).rejects.toMatchObject({
      code: "engine/git-failed",
      hint: expect.stringContaining("GIT_AUTH_TOKEN"),
    });
  });

  test.each<[string, string, RegExp]>([
    ["without such a ref", "#nothing", /it has no ref "nothing"/],
    ["without such a commit", `#${"1".repeat(40)}`, /it has no commit 1111|not our ref/],
    ["without such a folder", "#main:nowhere", /it has no folder nowhere/],
    ["with a file for a folder", "#main:a.txt", /it has no folder a\.txt/],
    ["of another checksum", `?branch=main&checksum=${"2".repeat(40)}`, /its commit is [0-9a-f]{40}, not 2222/],
    ["with options for a ref", "#--upload-pack=touch", /no ref/],
    ["with a misspelt parameter", "?brnch=x", /takes no "brnch"/],
  ])("%s is refused", async (_, suffix, message) => {
    await using found = await forge();
    const { sources } = await sourcesOn(await testFolder());
    const asking = sources.git({ address: `${found.server.url}/app.git${suffix}`, keepGitDir: false }, signal);
    await expect(asking).rejects.toMatchObject({ code: "engine/git-failed", message: expect.stringMatching(message) });
  });

  test("that is not there is refused", async () => {
    await using found = await forge();
    const { sources } = await sourcesOn(await testFolder());
    const asking = sources.git({ address: `${found.server.url}/nothing.git`, keepGitDir: false }, signal);
    await expect(asking).rejects.toMatchObject({
      code: "engine/git-failed",
      message: expect.stringContaining("nothing.git"),
    });
  });

  test("runs nothing of the machine's git configuration and nothing of its own", async () => {
    await using found = await forge();
    const home = await testFolder();
    const mark = join(home, "ran");
    await writeFile(join(found.work, ".gitattributes"), "*.txt filter=evil\n");
    await git(found.work, "add", "-A");
    await git(found.work, "commit", "-q", "-m", "Filter");
    await git(found.work, "push", "-q", join(found.root, "app.git"), "main");
    await mkdir(join(home, "hooks"));
    await writeFile(join(home, "hooks/post-checkout"), `#!/bin/sh\ntouch ${mark}\n`);
    await chmod(join(home, "hooks/post-checkout"), 0o755);
    const config = `[core]\nhooksPath = ${home}/hooks\n[filter "evil"]\nsmudge = touch ${mark}; cat\n[credential]\nhelper = "!touch ${mark}"\n`;
    await writeFile(join(home, ".gitconfig"), config);
    const { sources } = await sourcesOn(await testFolder(), {
      HOME: home,
      GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
      GIT_SSH_COMMAND: `touch ${mark}`,
    });
    for (const keepGitDir of [false, true]) {
      await sources.git({ address: `${found.server.url}/app.git`, keepGitDir }, signal);
    }
    expect(existsSync(mark)).toBe(false);
  });

  test("is fetched by several at once, each for itself", async () => {
    await using found = await forge();
    const folder = await testFolder();
    const all = await Promise.all(
      ["main", "light", "heavy", "pull/7/head"].map(async (ref) => {
        const { sources } = await sourcesOn(folder);
        return (await sources.git({ address: `${found.server.url}/app.git#${ref}`, keepGitDir: false }, signal)).commit;
      }),
    );
    expect(all).toEqual([found.commits[1], found.commits[0], found.commits[0], found.commits[2]]);
  });

  test("is not waited for when the signal aborts, and leaves nothing running", async () => {
    await using found = await startGitServer({ root: await testFolder(), silent: ["/app.git/info/refs"] });
    const controller = new AbortController();
    const { sources } = await sourcesOn(await testFolder());
    const asking = sources.git({ address: `${found.url}/app.git`, keepGitDir: false }, controller.signal);
    while (found.waiting() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error("stop"));
    await expect(asking).rejects.toThrow("stop");
    while (found.waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test("over ssh is fetched with the agent it is given, and nothing of the machine's ssh configuration", async () => {
    const folder = await testFolder();
    const programs = join(folder, "programs");
    await mkdir(programs);
    await writeFile(join(programs, "ssh"), `#!/bin/sh\necho "$SSH_AUTH_SOCK" "$@" >>${folder}/called\nexit 255\n`);
    await chmod(join(programs, "ssh"), 0o755);
    const { sources } = await sourcesOn(folder, { PATH: `${programs}:${process.env.PATH}`, SSH_AUTH_SOCK: "/wrong" });
    const request = { address: "git@forge.invalid:team/app.git#main", keepGitDir: false, sshSocket: "/agent" };
    await expect(sources.git(request, signal)).rejects.toMatchObject({ code: "engine/git-failed" });
    const called = await readFile(join(folder, "called"), "utf8");
    expect(called).toMatch(
      /^\/agent -F \/dev\/null -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="[^"]+git\/known_hosts"/,
    );
    expect(called).toContain("git@forge.invalid git-upload-pack 'team/app.git'");
  });

  test("without git on the machine is refused with what to do", async () => {
    await using found = await forge();
    const { sources } = await sourcesOn(await testFolder(), { PATH: "/nowhere" });
    await expect(
      sources.git({ address: `${found.server.url}/app.git`, keepGitDir: false }, signal),
    ).rejects.toMatchObject({
      code: "engine/no-git",
      hint: expect.stringContaining("Install git"),
    });
  });
});
