/** Targets that give their steps different things do not share what comes of them. */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, startGitServer } from "../../engine/git-server.ts";
import { tryRun } from "../../engine/run-process.ts";
import { createTempFolder } from "../../engine/temp-folder.ts";
import { findBusybox, reasonToSkip } from "../run/workbench.ts";
import { type EmbeddedFolder, openEmbeddedFolder } from "./embedded-build.ts";

const reason = reasonToSkip();
const hasGit = await tryRun("git", ["--version"]).then(
  () => true,
  () => false,
);

function addBase({ path }: EmbeddedFolder): void {
  mkdirSync(join(path, "base/bin"), { recursive: true });
  copyFileSync(findBusybox() ?? "", join(path, "base/bin/sh"));
}

const onBase = "FROM scratch AS base\nCOPY base/ /\n";

/** Writes the secret, where there is one, into `/word`. */
const command = 'RUN --mount=type=secret,id=x echo running; read -r word </run/secrets/x; echo "word: $word" >/word';
const onlyTheWord = "FROM scratch\nCOPY --from=base /word /\n";

test.skipIf(reason !== undefined)(
  `a command is shared by targets that give it the same secret, and by no others${reason ? ` (${reason})` : ""}`,
  async () => {
    await using folder = await openEmbeddedFolder();
    addBase(folder);
    const target = (name: string, attributes: string): string =>
      `target "${name}" {\n${attributes}\noutput = ["type=local,dest=out/${name}"]\n}\n`;
    await folder.write({
      Dockerfile: `${onBase}${command}\n${onlyTheWord}`,
      // The same command, when that of the target before has ended.
      "later.Dockerfile": `FROM scratch AS earlier\nCOPY --from=before /word /\n${onBase}${command}\n${onlyTheWord}COPY --from=earlier /word /earlier\n`,
      "docker-bake.hcl": [
        'group "default" { targets = ["a", "b", "a2", "later", "last"] }\n',
        target("a", 'secret = ["id=x,env=A"]'),
        target("b", 'secret = ["id=x,env=B"]'),
        target("a2", 'secret = ["id=x,env=A"]'),
        target(
          "later",
          'dockerfile = "later.Dockerfile"\ncontexts = { before = "target:b" }\nsecret = ["id=x,env=LATER"]',
        ),
        target("last", 'dockerfile = "later.Dockerfile"\ncontexts = { before = "target:later" }'),
      ].join(""),
    });
    const first = await folder.run({ environment: { A: "one", B: "two", LATER: "three" } });
    expect(Object.values(first.outcomes)).toEqual(["done", "done", "done", "done", "done"]);
    const words = ["a", "b", "a2", "later", "last"].map((name) =>
      readFileSync(join(folder.path, "out", name, "word"), "utf8"),
    );
    expect(words).toEqual(["word: one\n", "word: two\n", "word: one\n", "word: three\n", "word: \n"]);
    // Of the two that share one, only the first has worked: both are told of its output.
    expect(first.output.match(/running/g)).toHaveLength(5);
    // Secrets are no part of what is kept: nothing is done again for another value, whoever gives it.
    const again = await folder.run({ environment: { A: "four", B: "five", LATER: "six" } });
    expect(again.output).toBe("");
  },
);

test.skipIf(!hasGit)("a private repository is there for the targets that may see it, and for no others", async () => {
  await using root = await createTempFolder();
  const authorization = `basic ${Buffer.from("x-access-token:let-me-in").toString("base64")}`;
  await using server = await startGitServer({ root: root.path, authorization });
  const source = join(root.path, "files");
  await mkdir(source);
  await writeFile(join(source, "word"), "private");
  await createRepository(source, join(root.path, "app.git"));
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `
      group "default" { targets = ["member", "outsider", "adder", "stranger"] }
      target "member" {
        contexts = { app = "${server.url}/app.git" }
        dockerfile-inline = "FROM scratch\\nCOPY --from=app word /"
        secret = ["id=GIT_AUTH_TOKEN,env=TOKEN"]
        output = ["type=local,dest=out/member"]
      }
      target "outsider" {
        contexts = { app = "${server.url}/app.git" }
        dockerfile-inline = "FROM scratch\\nCOPY --from=app word /"
        output = ["type=local,dest=out/outsider"]
      }
      target "adder" {
        dockerfile-inline = "FROM scratch\\nADD ${server.url}/app.git /"
        secret = ["id=GIT_AUTH_TOKEN,env=TOKEN"]
        output = ["type=local,dest=out/adder"]
      }
      target "stranger" {
        dockerfile-inline = "FROM scratch\\nADD ${server.url}/app.git /"
        secret = ["id=GIT_AUTH_TOKEN,env=OTHER"]
        output = ["type=local,dest=out/stranger"]
      }`,
  });
  const { outcomes } = await folder.run({
    environment: { TOKEN: "let-me-in", OTHER: "wrong" },
    onFailure: "continue",
  });
  // They make the same layer.
  for (const id of ["member#0", "adder#0"]) expect(outcomes[id]).toMatch(/^(?:done|cached)$/);
  expect(outcomes["outsider#0"]).toMatch(/^failed: engine\/git/);
  expect(outcomes["stranger#0"]).toMatch(/^failed: engine\/git/);
});
