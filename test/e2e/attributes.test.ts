/** What a target says besides its folder and its Dockerfile, on a BuildKit and without any daemon. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { openDockerNode } from "../../src/drivers/docker/open.ts";
import { openEmbeddedNode } from "../../src/drivers/embedded/open.ts";
import type { BuildNode } from "../../src/execute/ports.ts";
import type { Target } from "../../src/plan/plan.ts";
import { requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { program } from "./program.ts";
import { afterTest, build, busyboxDockerfile, busyboxFolder, environmentFor, folderWith } from "./solve-setting.ts";

const run = promisify(execFile);
const sshAdd = await run("sh", ["-c", "command -v ssh-add && command -v ssh-keygen >&2"]).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
);

interface Builder {
  readonly name: string;
  readonly open: (engine: EngineFound, variables?: Readonly<Record<string, string>>) => Promise<BuildNode>;
}

const builders: readonly Builder[] = [
  {
    name: "a Docker engine",
    open: async (engine, variables = {}) => {
      const environment = await environmentFor(engine);
      return openDockerNode({ environment: { ...environment, variables: { ...environment.variables, ...variables } } });
    },
  },
  {
    name: "the embedded engine",
    open: async (engine, variables = {}) => {
      const environment = await environmentFor(engine);
      const TSBAKE_CACHE_DIR = join(environment.homeFolder, "cache");
      const all = { ...environment.variables, TSBAKE_CACHE_DIR, ...variables };
      return openEmbeddedNode({ name: "embedded", environment: { ...environment, variables: all } });
    },
  },
];

describeWithEngine("a target", { timeout: 120_000 }, (engine) => {
  describe.each(builders)("on $name", ({ name, open }) => {
    async function logsOf(
      folder: string,
      target: Partial<Target>,
      variables?: Record<string, string>,
    ): Promise<string> {
      const node = await open(engine, variables);
      afterTest(() => node.close());
      return (await build(node, requestOf({ folder, target }))).logs();
    }

    test.skipIf(sshAdd === undefined)("lets commands use the keys of files, and no more than use them", async () => {
      const folder = await busyboxFolder(engine, [
        "COPY root /",
        "COPY *.pub /",
        "RUN --mount=type=ssh ssh-add -L && ssh-add -T /one.pub && ssh-add -T /two.pub && echo both sign",
        "RUN --mount=type=ssh ssh-add -D 2>/dev/null || echo kept",
        "RUN --mount=type=ssh,id=other ssh-add -L",
      ]);
      await addProgram(join(folder, "root"), sshAdd ?? "");
      const keys = { one: "ed25519", two: "ecdsa", three: "rsa" };
      for (const [key, type] of Object.entries(keys)) {
        await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", join(folder, key)]);
      }
      const pub = async (key: string): Promise<string> => (await readFile(join(folder, `${key}.pub`), "utf8")).trim();
      const logs = await logsOf(folder, {
        ssh: [
          { id: "default", paths: ["one", join(folder, "two")] },
          { id: "other", paths: ["three"] },
        ],
      });
      const lines = logs.split("\n").map((line) => line.trim());
      expect(lines).toEqual(
        expect.arrayContaining([await pub("one"), await pub("two"), "both sign", "kept", await pub("three")]),
      );
    });

    test("takes its Dockerfile from an address, and says when there is none", async () => {
      const seed = randomUUID();
      const server = createServer((request, response) => {
        if (request.url === "/app.Dockerfile")
          response.end(busyboxDockerfile(["COPY word /", "RUN busybox cat /word"], seed));
        else if (request.url === "/large") response.end("#".repeat((2 << 20) + 1));
        else response.writeHead(404).end();
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      afterTest(() => new Promise((resolve) => server.close(() => resolve())));
      const listening = server.address();
      if (listening === null || typeof listening === "string") throw new Error("the server does not listen");
      const address = `http://127.0.0.1:${listening.port}`;
      const folder = await busyboxFolder(engine, []);
      await writeFile(join(folder, "word"), "far away\n");
      const dockerfile = (path: string) => logsOf(folder, { dockerfile: `${address}/${path}` });
      expect(await dockerfile("app.Dockerfile")).toBe("far away\n");
      await expect(dockerfile("large")).rejects.toThrow(/larger than 2 MiB/);
      await expect(dockerfile("missing")).rejects.toThrow(/404/);
    });

    test("is not built from what a source policy forbids", async () => {
      const folder = await folderWith({
        Dockerfile: "FROM scratch\nADD http://127.0.0.1:1/x /\n",
        "policy.json": JSON.stringify({
          rules: [{ action: "DENY", selector: { identifier: "http://127.0.0.1:1/*" } }],
        }),
      });
      const variables = { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: join(folder, "policy.json") };
      const reason = name === "the embedded engine" ? /cannot follow the source policy/ : /denied by policy/;
      await expect(logsOf(folder, {}, variables)).rejects.toThrow(reason);
    });

    test("takes its context from standard input, once for all targets of the run", async () => {
      const folder = await folderWith();
      const source = await busyboxFolder(engine, ["COPY sub/word /word"]);
      await mkdir(join(source, "sub"));
      await writeFile(join(source, "sub/word"), "piped");
      const archive = join(folder, "context.tgz");
      await run("tar", ["-czf", archive, "-C", source, "."]);
      const definition = `group "default" { targets = ["a", "b"] }
target "a" { output = ["type=local,dest=a"] }
target "b" { output = ["type=local,dest=b"] }
`;
      await writeFile(join(folder, "docker-bake.hcl"), definition);
      const piped = await pipe(folder, archive, ["--set", "*.context=-"]);
      expect(piped.stderr + piped.code).toMatch(/0$/);
      for (const target of ["a", "b"]) expect(await readFile(join(folder, target, "word"), "utf8")).toBe("piped");
      await writeFile(join(folder, "Dockerfile.in"), "FROM scratch\nCOPY <<end /text\nno context\nend\n");
      const alone = await pipe(folder, join(folder, "Dockerfile.in"), ["a", "--set", "a.context=-"]);
      expect(alone.stderr + alone.code).toMatch(/0$/);
      expect(await readFile(join(folder, "a/text"), "utf8")).toBe("no context\n");
      const none = await pipe(folder, "/dev/null", ["a", "--set", "a.context=-"]);
      expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("standard input, which is empty") });
    });

    /** Runs the program with the file as its standard input. */
    async function pipe(folder: string, input: string, args: readonly string[]) {
      const builder = name === "the embedded engine" ? ["--builder", "embedded"] : [];
      const words = [process.execPath, program, "build", ...builder, ...args].map((word) => `'${word}'`).join(" ");
      const { variables } = await environmentFor(engine);
      const env = { ...variables, HOME: folder, TSBAKE_CACHE_DIR: join(folder, ".cache") };
      return run("sh", ["-c", `${words} < '${input}'`], { cwd: folder, env }).then(
        ({ stderr }) => ({ code: 0, stderr }),
        (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
      );
    }
  });
});

/** Copies a program with the libraries it needs, to the places where it finds them. */
async function addProgram(root: string, program: string): Promise<void> {
  const { stdout } = await run("ldd", [program]);
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  await mkdir(join(root, "bin"), { recursive: true });
  await copyFile(program, join(root, "bin", basename(program)));
  for (const library of libraries) {
    await mkdir(join(root, library, ".."), { recursive: true });
    await copyFile(library, join(root, library));
  }
}
