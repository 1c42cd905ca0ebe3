/** Where builds take things from, through `docker buildx bake` and through `tsbake build`, on one engine: contexts, Dockerfiles, links, agents, caches. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { createRepository, type GitServer, startGitServer } from "../engine/git-server.ts";
import { run } from "../engine/run-process.ts";
import { runBoth, type Sides } from "./side-by-side/both.ts";
import { mask, withoutMore } from "./side-by-side/mask.ts";
import type { Row } from "./side-by-side/row.ts";
import { createSetting, type Setting } from "./side-by-side/setting.ts";

const server = "${SERVER}";
const copying = "FROM scratch\\nCOPY inner.txt /\\n";

const rows: readonly Row[] = [
  { name: "context-folder", target: ['context = "sub"'] },
  { name: "dockerfile-path", target: ['dockerfile = "sub/other.Dockerfile"'] },
  { name: "dockerfile-lower-case", target: ['context = "lower"'] },
  { name: "dockerfile-inline", target: ['context = "sub"', `dockerfile-inline = "${copying}"`] },
  { name: "dockerfile-elsewhere", target: ['context = "sub"', 'dockerfile = "../elsewhere/Dockerfile"'] },
  { name: "context-git", target: [`context = "${server}/app.git"`] },
  { name: "context-git-branch-and-folder", target: [`context = "${server}/app.git#main:deeper"`] },
  { name: "context-http", target: [`context = "${server}/context.tar"`] },
  { name: "context-http-dockerfile", target: [`context = "${server}/Dockerfile"`] },
  { name: "named-folder", lines: ["COPY --from=other inner.txt /"], target: ['contexts = { other = "sub" }'] },
  {
    name: "named-git",
    lines: ["COPY --from=other inner.txt /"],
    target: [`contexts = { other = "${server}/app.git" }`],
  },
  {
    name: "named-layout",
    lines: ["COPY --from=other / /unpacked/"],
    target: ['contexts = { other = "oci-layout://layout:1" }'],
  },
  {
    name: "named-layout-as-base",
    target: ['dockerfile-inline = "FROM given\\nENV A=b\\n"', 'contexts = { given = "oci-layout://layout:1" }'],
  },
  {
    name: "linked",
    target: [
      'dockerfile-inline = "FROM up\\nENV A=b\\nCOPY --from=up /inner.txt /again\\n"',
      'contexts = { up = "target:context-folder" }',
    ],
  },
  {
    name: "linked-platforms",
    target: [
      'dockerfile-inline = "FROM up\\nENV A=b\\n"',
      'contexts = { up = "target:linkable" }',
      'platforms = ["linux/amd64", "linux/arm64"]',
    ],
  },
  { name: "linkable", target: ['context = "sub"', 'platforms = ["linux/amd64", "linux/arm64"]'] },
  { name: "ignore-file-of-dockerfile", target: ['context = "sub"', 'dockerfile = "picky.Dockerfile"'] },
  {
    name: "cache-from-local",
    lines: ["RUN echo cached > /c"],
    target: ['cache-from = ["type=local,src=no-such-cache"]'],
  },
  {
    name: "entitled",
    lines: ["RUN --network=host readlink /proc/self/ns/net > /net"],
    target: ['entitlements = ["network.host"]'],
    fresh: true,
  },
  {
    name: "ssh-key",
    lines: ["RUN --mount=type=ssh test -S $SSH_AUTH_SOCK && echo $SSH_AUTH_SOCK > /agent"],
    target: ['ssh = ["default=key"]'],
    fresh: true,
  },
  {
    name: "ssh-named",
    lines: ["RUN --mount=type=ssh,id=other test -S $SSH_AUTH_SOCK && echo there > /agent"],
    target: ['ssh = [{ id = "other", paths = ["key"] }]'],
    fresh: true,
  },
];

describeWithEngine("sources of builds, side by side with buildx", { timeout: 180_000 }, (engine) => {
  let setting: Setting;
  let web: GitServer;
  let sides: Sides;

  beforeAll(async () => {
    const files = {
      "inner.txt": "inner\n",
      Dockerfile: copying.replaceAll("\\n", "\n"),
      "deeper/inner.txt": "deeper\n",
      "deeper/Dockerfile": "FROM scratch\nCOPY . /deeper/\n",
    };
    const under = (folder: string, names: readonly (keyof typeof files)[]) =>
      Object.fromEntries(names.map((name) => [`${folder}/${name}`, files[name]]));
    setting = await createSetting(engine, {
      ...under("sub", ["inner.txt", "Dockerfile"]),
      "sub/other.Dockerfile": "FROM scratch\nCOPY seed.txt sub/inner.txt /other/\n",
      "sub/picky.Dockerfile": "FROM scratch\nCOPY . /all/\n",
      "sub/picky.Dockerfile.dockerignore": "*\n!inner.txt\n",
      "lower/dockerfile": "FROM scratch\nCOPY dockerfile /\n",
      "elsewhere/Dockerfile": "FROM scratch\nCOPY inner.txt /elsewhere/\n",
      ".dockerignore": "out\ndocker-bake.hcl\nlayout\nkey\nkey.pub\nrepository\n",
      ...under("repository", ["inner.txt", "Dockerfile", "deeper/inner.txt", "deeper/Dockerfile"]),
    });
    const { folder, beside } = setting;
    await mkdir(join(beside, "served"));
    await createRepository(join(folder, "repository"), join(beside, "served/app.git"));
    const archive = join(beside, "context.tar");
    await run("tar", ["-cf", archive, "-C", join(folder, "sub"), "Dockerfile", "inner.txt"]);
    web = await startGitServer({
      root: join(beside, "served"),
      files: { "/context.tar": await readFile(archive), "/Dockerfile": Buffer.from("FROM scratch\nENV BY=http\n") },
    });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
    await runBoth({
      engine,
      folder,
      rows: [
        {
          name: "layout",
          // An engine notes where it has a manifest from: no other row is to make the same one.
          target: [
            'context = "sub"',
            'labels = { of = "layout" }',
            'output = ["type=oci,dest=layout,tar=false,name=example.test/layout:1"]',
          ],
        },
      ],
    });
    sides = await runBoth({ engine, folder, rows, env: { SERVER: web.url }, variables: ["SERVER"] });
  }, 180_000);
  afterAll(async () => {
    await web[Symbol.asyncDispose]();
    await setting[Symbol.asyncDispose]();
  });

  test.each(rows)("$name: the same image and metadata", ({ name }) => {
    const { buildx, tsbake } = sides;
    expect(buildx.outputs[name]).toHaveProperty(["index.json", "manifests", 0, "content"]);
    expect(mask(tsbake.outputs[name])).toEqual(mask(buildx.outputs[name]));
    expect(mask(withoutMore(tsbake.metadata[name], buildx.metadata[name]))).toEqual(mask(buildx.metadata[name]));
  });
});
