import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { tsbake } from "./program.ts";
import { busyboxDockerfile, busyboxFolder } from "./solve-setting.ts";

/** A command that leaves a line in a log which outlives it, outside of every cache. */
function counted(log: string, name: string): string {
  return `RUN --mount=type=cache,id=${log},target=/log sleep 0.3; echo ${name} >> /log/lines; echo ${name} > /${name}`;
}

const outputs = ["type=oci,dest=out/$.oci.tar", "type=local,dest=out/$", "type=tar,dest=out/$.tar"];

function outputsOf(name: string, count: number): string {
  return JSON.stringify(outputs.slice(0, count).map((output) => output.replace("$", name)));
}

interface Runs {
  readonly lines: readonly string[];
  readonly code: number;
  readonly stderr: string;
}

/** Builds the targets of a cold file and says which counted commands ran. */
async function runsOf(
  engine: EngineFound,
  { file, args, dockerfiles }: { file: string; args: readonly string[]; dockerfiles: (log: string) => string },
): Promise<Runs> {
  const log = `log-${randomUUID()}`;
  const folder = await busyboxFolder(engine, []);
  const links = ["sleep", "sort", "cat"].map((name) => `COPY busybox /bin/${name}`);
  const read = busyboxDockerfile([
    ...links,
    `RUN --mount=type=cache,id=${log},target=/log sort /log/lines > /lines`,
    "FROM scratch",
    "COPY --from=base /lines /",
  ]);
  const source = `
    ${file}
    ${dockerfiles(log)}
    target "read" {
      dockerfile-inline = ${JSON.stringify(read)}
      output = ["type=local,dest=read"]
    }`;
  const call = { cwd: folder, dockerHost: engine.dockerHost, input: source };
  const built = await tsbake(["build", "-f", "-", "--progress", "plain", ...args], call);
  const counted = await tsbake(["build", "-f", "-", "read"], call);
  expect(counted, counted.stderr).toMatchObject({ code: 0 });
  const lines = (await readFile(join(folder, "read/lines"), "utf8")).split("\n").filter((line) => line !== "");
  return { lines, code: built.code, stderr: built.stderr };
}

const bases = ["sleep", "cat"].map((name) => `COPY busybox /bin/${name}`);
const counts = [1, 2, 3];
const pairs = counts.flatMap((linked) => counts.map((linking) => ({ linked, linking, id: `${linked}${linking}` })));

describeWithEngine("an expensive step on a cold cache", { timeout: 120_000 }, (engine) => {
  test("runs once for image, layout and folder", async () => {
    const { lines, code, stderr } = await runsOf(engine, {
      args: ["app"],
      file: "",
      dockerfiles: (log) => `
        target "app" {
          dockerfile-inline = ${JSON.stringify(busyboxDockerfile([...bases, counted(log, "app")]))}
          tags = ["runs-once:${log}"]
          output = ["type=image", ${outputsOf("app", 2).slice(1)}
        }`,
    });
    expect(code, stderr).toBe(0);
    expect(lines).toEqual(["app"]);
  });

  test.each([{ selected: "child" }, { selected: "both" }])(
    "runs once for every number of outputs of a target and of the one it links to ($selected selected)",
    async ({ selected }) => {
      const { lines, code, stderr } = await runsOf(engine, {
        args: [selected],
        file: `
          group "child" { targets = ${JSON.stringify(pairs.map(({ id }) => `child${id}`))} }
          group "both" { targets = ["child", ${pairs.map(({ id }) => `"parent${id}"`).join(", ")}] }`,
        dockerfiles: (log) =>
          pairs
            .map(
              ({ id, linked, linking }) => `
              target "parent${id}" {
                dockerfile-inline = ${JSON.stringify(busyboxDockerfile([...bases, counted(log, `parent${id}`)]))}
                output = ${outputsOf(`parent${id}`, linked)}
              }
              target "child${id}" {
                contexts = { parent = "target:parent${id}" }
                dockerfile-inline = ${JSON.stringify(`FROM parent\n${counted(log, `child${id}`)}\n`)}
                output = ${outputsOf(`child${id}`, linking)}
              }`,
            )
            .join(""),
      });
      expect(code, stderr).toBe(0);
      expect(lines).toEqual([...pairs.map(({ id }) => `child${id}`), ...pairs.map(({ id }) => `parent${id}`)]);
    },
  );

  test.each([{ flags: [] }, { flags: ["-j", "1"] }])(
    "runs once for a matrix of targets with several outputs that link to one ($flags)",
    async ({ flags }) => {
      const { lines, code, stderr } = await runsOf(engine, {
        args: ["child", ...flags],
        file: "",
        dockerfiles: (log) => `
          target "parent" {
            dockerfile-inline = ${JSON.stringify(busyboxDockerfile([...bases, counted(log, "parent")]))}
          }
          target "child" {
            matrix = { name = ["a", "b", "c"] }
            name = "child-\${name}"
            contexts = { parent = "target:parent" }
            dockerfile-inline = "FROM parent\\n${counted(log, "$").replaceAll("$", "${name}")}\\n"
            output = [for each in ${JSON.stringify(outputs)} : replace(each, "$", name)]
          }`,
      });
      expect(code, stderr).toBe(0);
      expect(lines).toEqual(["a", "b", "c", "parent"]);
    },
  );

  test("runs once without the cache, too, where mounts are empty each time", async () => {
    const random = "RUN cat /proc/sys/kernel/random/uuid > /uuid";
    const folder = await busyboxFolder(engine, [...bases, random]);
    const source = `
      target "parent" {}
      target "child" {
        contexts = { parent = "target:parent" }
        dockerfile-inline = "FROM parent\\nRUN cat /uuid > /of-parent; cat /proc/sys/kernel/random/uuid > /of-child\\n"
        output = ["type=local,dest=1", "type=local,dest=2", "type=local,dest=3"]
      }`;
    const call = { cwd: folder, dockerHost: engine.dockerHost, input: source };
    const { code, stderr } = await tsbake(["build", "-f", "-", "--no-cache", "child"], call);
    expect(code, stderr).toBe(0);
    const read = (name: string): Promise<readonly string[]> =>
      Promise.all(["1", "2", "3"].map((each) => readFile(join(folder, each, name), "utf8")));
    expect(new Set(await read("of-parent")).size).toBe(1);
    expect(new Set(await read("of-child")).size).toBe(1);
  });

  test("is told of once, and its repeats as cached", async () => {
    const { stderr, code } = await runsOf(engine, {
      args: ["child"],
      file: "",
      dockerfiles: (log) => `
        target "parent" {
          dockerfile-inline = ${JSON.stringify(busyboxDockerfile([...bases, counted(log, "parent")]))}
        }
        target "child" {
          contexts = { parent = "target:parent" }
          dockerfile-inline = ${JSON.stringify(`FROM parent\n${counted(log, "child")}\nRUN echo said > /dev/stderr\n`)}
          output = ${outputsOf("child", 3)}
        }`,
    });
    expect(code, stderr).toBe(0);
    expect(stderr.match(/ said$/gm)).toHaveLength(1);
    expect(stderr).toMatch(/local: .*cached/);
    expect(stderr).toMatch(/tar: .*cached/);
  });
});
