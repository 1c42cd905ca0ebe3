/** `tsbake build URL`: build files and contexts that a real engine fetches from a server on the loopback. */
import { spawnSync } from "node:child_process";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { createRepository, type GitServer, startGitServer } from "../engine/git-server.ts";
import { run } from "../engine/run-process.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { type Call, interruptTsbake, tsbake } from "./program.ts";

const project = {
  "docker-bake.hcl": [
    'group "default" { targets = ["root", "api"] }',
    'target "root" {\n  output = ["root"]\n}',
    'target "api" {\n  context = "services/api"\n  contexts = { shared = "./shared", top = "." }\n  output = ["api"]\n}',
    'target "here" {\n  context = "cwd://local"\n  output = ["here"]\n}',
    'target "command" {\n  context = BAKE_CMD_CONTEXT\n  output = ["command"]\n}',
    'target "recipe" {\n  dockerfile = "cwd://local/My.Dockerfile"\n  output = ["recipe"]\n}',
    'target "inline" {\n  context = "shared"\n  dockerfile-inline = "FROM scratch\\nCOPY . /all/\\n"\n  output = ["inline"]\n}',
    'target "both" {\n  context = "services/api"\n  dockerfile = "cwd://local/Api.Dockerfile"\n  output = ["both"]\n}',
    'target "reaching" {\n  contexts = { etc = "cwd:///etc" }\n}',
    'target "lost" {\n  context = "services/none"\n}',
    "",
  ].join("\n"),
  "other.hcl": 'target "default" {\n  args = { FROM = "other" }\n}\n',
  "including.hcl": 'include = ["/etc/*.hcl"]\n',
  Dockerfile: "FROM scratch\nCOPY top.txt /\n",
  "top.txt": "top",
  "services/api/Dockerfile":
    "FROM scratch\nCOPY api.txt /\nCOPY --from=shared shared.txt /\nCOPY --from=top top.txt /\n",
  "services/api/api.txt": "api",
  "shared/shared.txt": "shared",
  "plain/Dockerfile": "FROM scratch\nCOPY plain.txt /\n",
  "plain/plain.txt": "plain",
};

const page = "\n<!DOCTYPE html>\n<html></html>\n";

const local = {
  "local/Dockerfile": "FROM scratch\nCOPY mine.txt /\n",
  "local/My.Dockerfile": "FROM scratch\nCOPY top.txt /by-my-recipe.txt\n",
  "local/Api.Dockerfile": "FROM scratch\nCOPY api.txt /by-my-recipe.txt\n",
  "local/mine.txt": "mine",
  "extra.hcl": 'target "root" {\n  labels = { extra = "yes" }\n}\n',
};

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

interface Setting extends AsyncDisposable {
  readonly server: GitServer;
  readonly repository: string;
  readonly call: Call & { readonly cwd: string };
  /** What the program wrote. */
  readonly read: (path: string) => Promise<string>;
}

async function createSetting(dockerHost: string, authorization?: string): Promise<Setting> {
  const [source, root, here] = [await createTempFolder(), await createTempFolder(), await createTempFolder()];
  await writeFiles(source.path, project);
  await writeFiles(here.path, local);
  await createRepository(source.path, join(root.path, "app.git"));
  const archive = join(root.path, "app.tar.gz");
  await run("tar", ["-C", source.path, "--exclude=.git", "-czf", archive, "."]);
  const files = {
    "/app.tar.gz": await readFile(archive),
    "/single.hcl": Buffer.from(project["other.hcl"]),
    "/page": Buffer.from(page),
  };
  const access = authorization === undefined ? {} : { authorization };
  const server = await startGitServer({ root: root.path, files, silent: ["/silent.hcl"], ...access });
  return {
    server,
    repository: `${server.url}/app.git`,
    call: { cwd: here.path, dockerHost },
    read: (path) => readFile(join(here.path, path), "utf8"),
    [Symbol.asyncDispose]: async () => {
      for (const each of [server, source, root, here]) await each[Symbol.asyncDispose]();
    },
  };
}

const git = spawnSync("git", ["http-backend"], { env: { PATH: process.env.PATH }, stdio: "pipe" });
/** Without an environment of CGI it complains, in the words of CGI. */
const hasGit = git.stdout?.includes("Status:") === true || git.stderr?.includes("REQUEST_METHOD") === true;
const withGit = test.runIf(hasGit);

describeWithEngine(
  `remote definitions${hasGit ? "" : " (skipped: there is no git with http-backend)"}`,
  { timeout: 60_000 },
  ({ dockerHost }) => {
    withGit("a repository builds: its top, its folders, its named contexts", async () => {
      await using setting = await createSetting(dockerHost);
      const built = await tsbake(["build", setting.repository], setting.call);
      expect(built).toMatchObject({ code: 0, stdout: "" });
      expect(built.stderr).toContain(`reading build files from ${setting.repository}`);
      expect(await setting.read("root/top.txt")).toBe("top");
      expect(await setting.read("api/api.txt")).toBe("api");
      expect(await setting.read("api/shared.txt")).toBe("shared");
      expect(await setting.read("api/top.txt")).toBe("top");
    });

    withGit("so does an archive", async () => {
      await using setting = await createSetting(dockerHost);
      const built = await tsbake(["build", `${setting.server.url}/app.tar.gz`], setting.call);
      expect(built).toMatchObject({ code: 0 });
      expect(await setting.read("root/top.txt")).toBe("top");
      expect(await setting.read("api/shared.txt")).toBe("shared");
    });

    withGit("what begins with cwd:// is taken from here: contexts, a Dockerfile, a build file", async () => {
      await using setting = await createSetting(dockerHost);
      const args = ["build", setting.repository, "here", "recipe", "both", "inline"];
      const built = await tsbake(args, setting.call);
      expect(built).toMatchObject({ code: 0 });
      expect(await setting.read("here/mine.txt")).toBe("mine");
      expect(await setting.read("recipe/by-my-recipe.txt")).toBe("top");
      expect(await setting.read("both/by-my-recipe.txt")).toBe("api");
      expect(await setting.read("inline/all/shared.txt")).toBe("shared");
      const files = ["-f", "cwd://extra.hcl", "-f", "docker-bake.hcl"];
      const printed = await tsbake(["print", ...files, setting.repository, "root"], setting.call);
      expect(JSON.parse(printed.stdout)).toMatchObject({
        target: { root: { context: setting.repository, labels: { extra: "yes" } } },
      });
    });

    withGit("a second address is BAKE_CMD_CONTEXT, which is the folder here without one", async () => {
      await using setting = await createSetting(dockerHost);
      const plain = `${setting.repository}#main:plain`;
      const built = await tsbake(["build", setting.repository, plain, "command"], setting.call);
      expect(built).toMatchObject({ code: 0 });
      expect(await setting.read("command/plain.txt")).toBe("plain");
      const printed = await tsbake(["print", setting.repository, "command"], setting.call);
      expect(JSON.parse(printed.stdout)).toMatchObject({ target: { command: { context: "." } } });
    });

    withGit("a folder of a repository without a build file is its Dockerfile", async () => {
      await using setting = await createSetting(dockerHost);
      const built = await tsbake(["build", `${setting.repository}#main:plain`, "-o", "out"], setting.call);
      expect(built).toMatchObject({ code: 0 });
      expect(await setting.read("out/plain.txt")).toBe("plain");
    });

    withGit.each([
      ["another file of a repository", "app.git", ["-f", "other.hcl"]],
      ["a single file", "single.hcl", []],
    ])("%s is printed", async (_, path, flags) => {
      await using setting = await createSetting(dockerHost);
      const printed = await tsbake(["print", `${setting.server.url}/${path}`, ...flags], setting.call);
      expect(JSON.parse(printed.stdout)).toMatchObject({ target: { default: { args: { FROM: "other" } } } });
    });

    withGit(
      "a private repository is read and built with the token of the environment, which is never shown",
      async () => {
        const token = "s3cret-t0ken";
        const authorization = `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
        await using setting = await createSetting(dockerHost, authorization);
        const refused = await tsbake(["build", setting.repository], setting.call);
        expect(refused.code).toBe(3);
        expect(refused.stderr).toContain("BUILDX_BAKE_GIT_AUTH_TOKEN");
        const env = { [`BUILDX_BAKE_GIT_AUTH_TOKEN.${new URL(setting.server.url).host}`]: token };
        const built = await tsbake(["build", "--progress=plain", setting.repository], { ...setting.call, env });
        expect(built).toMatchObject({ code: 0 });
        expect(built.stderr).not.toContain(token);
        expect(await setting.read("api/api.txt")).toBe("api");
      },
    );

    withGit("what reaches beyond the working folder here is asked for, before anything is built", async () => {
      await using setting = await createSetting(dockerHost);
      const asked = await tsbake(["build", setting.repository, "reaching"], setting.call);
      expect(asked.code).toBe(2);
      expect(asked.stderr).toContain("--allow fs.read=/etc");
      const env = { BAKE_ALLOW_REMOTE_FS_ACCESS: "1" };
      expect(
        await tsbake(["build", "--check", setting.repository, "reaching"], { ...setting.call, env }),
      ).toMatchObject({
        code: 0,
      });
    });

    withGit.each([
      ["a repository that is not there", "none.git", [], 3, /none\.git cannot be read/],
      ["a ref that is not there", "app.git#none", [], 3, /does not contain ref none|couldn't find remote ref/],
      ["a file that is not there", "app.git", ["-f", "docker-bake.hlc"], 2, /no build file docker-bake\.hlc/],
      ["a web page", "page", [], 3, /a web page(?:.|\n)*help: for a git repository write http.*\/page\.git/],
      ["a misspelt parameter", "app.git?brnch=x", [], 3, /takes no "brnch"/],
      ["a folder without build files", "app.git#main:shared", [], 2, /no build file in .*app\.git#main:shared/],
      [
        "a file that includes others",
        "app.git",
        ["-f", "including.hcl"],
        2,
        /including\.hcl:1:1: error: .*cannot include/,
      ],
      ["a file outside", "app.git", ["-f", "../../etc/passwd"], 2, /no build file \.\.\/\.\.\/etc\/passwd/],
    ])("%s is told as what it is", async (_, path, flags, code, message) => {
      await using setting = await createSetting(dockerHost);
      const built = await tsbake(["build", `${setting.server.url}/${path}`, ...flags], setting.call);
      expect(built.stderr).toMatch(message);
      expect(built.code).toBe(code);
    });

    withGit("a context that is not in the repository fails its target", async () => {
      await using setting = await createSetting(dockerHost);
      const built = await tsbake(["build", setting.repository, "lost"], setting.call);
      expect(built.code).toBe(1);
      expect(built.stderr).toContain("/services/none");
    });

    withGit("Ctrl-C while the server keeps silent ends it with 130", async () => {
      await using setting = await createSetting(dockerHost);
      const started = Date.now();
      const ending = interruptTsbake(["build", `${setting.server.url}/silent.hcl`], setting.call, {
        signal: "SIGINT",
        when: /reading build files/,
        delayMs: 1500,
      });
      await vi.waitFor(() => expect(setting.server.waiting()).toBe(1), 5000);
      const ended = await ending;
      expect(ended.code).toBe(130);
      expect(Date.now() - started).toBeLessThan(10_000);
      // The engine has given up too.
      await vi.waitFor(() => expect(setting.server.waiting()).toBe(0), 10_000);
      await expect(access(join(setting.call.cwd, "root"))).rejects.toThrow("ENOENT");
    });

    withGit("without the engine that is asked for the exit code is 3", async () => {
      await using setting = await createSetting(dockerHost);
      const { cwd } = setting.call;
      const built = await tsbake(["print", setting.repository, "--builder", "default"], { cwd });
      expect(built).toMatchObject({ code: 3, stdout: "" });
      expect(built.stderr).toContain("DOCKER_HOST");
    });
  },
);
