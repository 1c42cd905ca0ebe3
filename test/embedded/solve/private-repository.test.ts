import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, startGitServer } from "../../engine/git-server.ts";
import { run, tryRun } from "../../engine/run-process.ts";
import { createTempFolder } from "../../engine/temp-folder.ts";
import { openEmbeddedFolder } from "./embedded-build.ts";

const knows = async (...command: readonly [string, ...string[]]): Promise<boolean> => {
  const [program, ...words] = command;
  return tryRun(program, words).then(
    () => true,
    () => false,
  );
};
const hasGit = await knows("git", "--version");
const hasOpenSsh = await knows("ssh-keygen", "-?");

/** A repository with a Dockerfile, a word, and nothing else; bare, as `NAME.git`. */
async function addRepository(root: string, name: string, dockerfile: string): Promise<void> {
  const source = join(root, `${name}-files`);
  await mkdir(source);
  await writeFile(join(source, "Dockerfile"), dockerfile);
  await writeFile(join(source, "word"), name);
  await createRepository(source, join(root, `${name}.git`));
}

test.skipIf(!hasGit)(
  "private repositories are fetched with the secrets of the target, wherever they are named",
  async () => {
    await using root = await createTempFolder();
    const authorization = `basic ${Buffer.from("x-access-token:let-me-in").toString("base64")}`;
    await using server = await startGitServer({ root: root.path, authorization });
    await addRepository(
      root.path,
      "app",
      `FROM scratch\nCOPY word /\nCOPY --from=more word /more\nADD ${server.url}/third.git /third/\n`,
    );
    await addRepository(root.path, "more", "");
    await addRepository(root.path, "third", "");
    await using folder = await openEmbeddedFolder();
    const target = (secret: string): string => `target "default" {
    context = "${server.url}/app.git"
    contexts = { more = "${server.url}/more.git" }
    secret = [${secret}]
    output = ["out"]
  }`;
    await folder.write({ "docker-bake.hcl": target("") });
    expect((await folder.run()).outcomes["default#0"]).toMatch(/^failed: engine\/git/);
    expect(server.authorizations).toEqual([]);
    await folder.write({ "docker-bake.hcl": target('"id=GIT_AUTH_TOKEN,env=FORGE_TOKEN"') });
    expect((await folder.run({ environment: { FORGE_TOKEN: "let-me-in" } })).outcomes).toEqual({ "default#0": "done" });
    for (const [file, text] of [
      ["word", "app"],
      ["more", "more"],
      ["third/word", "third"],
    ] as const) {
      expect(await readFile(join(folder.path, "out", file), "utf8")).toBe(text);
    }
  },
);

test.skipIf(!hasGit || !hasOpenSsh)("repositories over ssh are fetched with the keys of the target", async () => {
  await using root = await createTempFolder();
  await addRepository(root.path, "app", "FROM scratch\nCOPY word /\n");
  const key = join(root.path, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
  // In place of ssh: notes what the agent has, then runs here what is to be run there.
  await mkdir(join(root.path, "bin"));
  const seen = join(root.path, "seen");
  await writeFile(
    join(root.path, "bin/ssh"),
    `#!/bin/sh\nssh-add -L > '${seen}'\nfor last; do :; done\nexec sh -c "$last"\n`,
  );
  await chmod(join(root.path, "bin/ssh"), 0o755);
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `target "default" {
      context = "git@forge.example:${root.path}/app.git"
      ssh = ["default=${key}"]
      output = ["out"]
    }`,
  });
  const environment = { PATH: [join(root.path, "bin"), process.env.PATH].join(delimiter) };
  expect((await folder.run({ environment })).outcomes).toEqual({ "default#0": "done" });
  expect(await readFile(join(folder.path, "out/word"), "utf8")).toBe("app");
  expect((await readFile(seen, "utf8")).trim()).toBe((await readFile(`${key}.pub`, "utf8")).trim());
});
