import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, type GitServer, startGitServer } from "../../engine/git-server.ts";
import { run } from "../../engine/run-process.ts";
import { createTempFolder } from "../../engine/temp-folder.ts";
import { type EmbeddedFolder, openEmbeddedFolder } from "./embedded-build.ts";

const project = {
  "docker-bake.hcl": `group "default" { targets = ["root", "api"] }
    target "root" { output = ["root"] }
    target "api" {
      context = "services/api"
      contexts = { shared = "./shared", top = "." }
      output = ["api"]
    }
    target "here" {
      context = "cwd://local"
      output = ["here"]
    }
    target "recipe" {
      dockerfile = "cwd://local/My.Dockerfile"
      output = ["recipe"]
    }
    target "inline" {
      context = "shared"
      dockerfile-inline = "FROM scratch\\nCOPY . /all/\\n"
      output = ["inline"]
    }
    target "lost" { context = "services/none" }`,
  Dockerfile: "FROM scratch\nCOPY top.txt /\n",
  "top.txt": "top",
  "services/api/Dockerfile":
    "FROM scratch\nCOPY api.txt /\nCOPY --from=shared shared.txt /\nCOPY --from=top top.txt /\n",
  "services/api/api.txt": "api",
  "shared/shared.txt": "shared",
};

const local = {
  "local/Dockerfile": "FROM scratch\nCOPY mine.txt /\n",
  "local/My.Dockerfile": "FROM scratch\nCOPY top.txt /by-my-recipe.txt\n",
  "local/mine.txt": "mine",
};

const git = spawnSync("git", ["http-backend"], { env: { PATH: process.env.PATH }, stdio: "pipe" });
/** Without an environment of CGI it complains, in the words of CGI. */
const hasGit = git.stdout?.includes("Status:") === true || git.stderr?.includes("REQUEST_METHOD") === true;

interface Setting extends AsyncDisposable {
  readonly server: GitServer;
  readonly folder: EmbeddedFolder;
  readonly read: (path: string) => Promise<string>;
}

async function openSetting(authorization?: string): Promise<Setting> {
  const [source, root] = [await createTempFolder(), await createTempFolder()];
  for (const [name, text] of Object.entries(project)) {
    await mkdir(dirname(join(source.path, name)), { recursive: true });
    await writeFile(join(source.path, name), text);
  }
  if (hasGit) await createRepository(source.path, join(root.path, "app.git"));
  const archive = join(root.path, "app.tar.gz");
  await run("tar", ["-C", source.path, "--exclude=.git", "-czf", archive, "."]);
  const files = {
    "/app.tar.gz": await readFile(archive),
    "/single.hcl": Buffer.from('target "default" {\n  context = "local"\n  output = ["single"]\n}\n'),
    "/page": Buffer.from("\n<!DOCTYPE html>\n<html></html>\n"),
    "/large.hcl": Buffer.alloc(3 << 20, "#"),
  };
  const server = await startGitServer({
    root: root.path,
    files,
    ...(authorization === undefined ? {} : { authorization }),
  });
  const folder = await openEmbeddedFolder();
  await folder.write(local);
  return {
    server,
    folder,
    read: (path) => readFile(join(folder.path, path), "utf8"),
    [Symbol.asyncDispose]: async () => {
      for (const each of [server, folder, source, root]) await each[Symbol.asyncDispose]();
    },
  };
}

const places = ["app.tar.gz", ...(hasGit ? ["app.git", "app.git#main"] : [])];

test.each(places)("a build file in %s builds from the files beside it", async (place) => {
  await using setting = await openSetting();
  const remote = `${setting.server.url}/${place}`;
  const { outcomes } = await setting.folder.run({ remote });
  expect(outcomes).toEqual({ "root#0": "done", "api#0": "done" });
  expect(await setting.read("root/top.txt")).toBe("top");
  expect(await setting.read("api/api.txt")).toBe("api");
  expect(await setting.read("api/shared.txt")).toBe("shared");
  expect(await setting.read("api/top.txt")).toBe("top");
  await rm(join(setting.folder.path, "api"), { recursive: true });
  expect((await setting.folder.run({ remote, targets: ["api"] })).outcomes).toEqual({ "api#0": "cached" });
});

test.each(places)("targets of a build file in %s take local files where they say so", async (place) => {
  await using setting = await openSetting();
  const remote = `${setting.server.url}/${place}`;
  const { outcomes } = await setting.folder.run({ remote, targets: ["here", "recipe", "inline"] });
  expect(outcomes).toEqual({ "here#0": "done", "recipe#0": "done", "inline#0": "done" });
  expect(await setting.read("here/mine.txt")).toBe("mine");
  expect(await setting.read("recipe/by-my-recipe.txt")).toBe("top");
  expect(await setting.read("inline/all/shared.txt")).toBe("shared");
});

test("a build file of its own takes everything from here", async () => {
  await using setting = await openSetting();
  const { outcomes } = await setting.folder.run({ remote: `${setting.server.url}/single.hcl` });
  expect(outcomes).toEqual({ "default#0": "done" });
  expect(await setting.read("single/mine.txt")).toBe("mine");
});

test("a context that is not in the tree says so", async () => {
  await using setting = await openSetting();
  const remote = `${setting.server.url}/app.tar.gz`;
  const { outcomes } = await setting.folder.run({ remote, targets: ["lost"] });
  expect(outcomes["lost#0"]).toMatch(/^failed: build\/context-not-found: there is no folder services\/none in http/);
});

test.each([
  ["page", /there is a web page/],
  ["large.hcl", /larger than 2 MiB/],
  ["nothing.hcl", /cannot be read/],
])("what is no build file is refused: %s", async (place, message) => {
  await using setting = await openSetting();
  await expect(setting.folder.run({ remote: `${setting.server.url}/${place}` })).rejects.toMatchObject({
    code: "engine/remote-unreadable",
    message: expect.stringMatching(message),
  });
});

test.runIf(hasGit)("a private repository is opened with the token of the environment, and not without", async () => {
  const token = "s3cret-token";
  const basic = `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  await using setting = await openSetting(basic);
  const remote = `${setting.server.url}/app.git`;
  await expect(setting.folder.run({ remote })).rejects.toMatchObject({
    code: "engine/remote-unreadable",
    hint: expect.stringContaining("BUILDX_BAKE_GIT_AUTH_TOKEN"),
  });
  const environment = { BUILDX_BAKE_GIT_AUTH_TOKEN: token };
  const { outcomes } = await setting.folder.run({ remote, environment });
  expect(outcomes).toEqual({ "root#0": "done", "api#0": "done" });
});
