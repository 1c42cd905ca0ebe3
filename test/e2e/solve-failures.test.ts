import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BuildFailure } from "../../src/execute/ports.ts";
import { exportOf, type RequestSettings, requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { addFiles, build, busyboxFolder, dockerNode, environmentFor, folderWith, start } from "./solve-setting.ts";

const padding = `# ${"x".repeat(98)}\n`.repeat(1000);

describeWithEngine("a failing build", (engine) => {
  const failureOf = async (settings: RequestSettings): Promise<BuildFailure> => {
    const error = await build(await dockerNode(engine), requestOf(settings)).catch((thrown: unknown) => thrown);
    if (error instanceof BuildFailure) return error;
    throw new Error("the build did not fail as a build does", { cause: error });
  };

  test.each([
    { size: "small", above: "" },
    { size: "100 KB", above: padding },
  ])("of a $size Dockerfile shows the lines of the step that failed", async ({ above }) => {
    const folder = await busyboxFolder(engine, [`${above}RUN echo on its way && exit 3`]);
    const line = above === "" ? 5 : 1005;
    for (const linkedTo of [false, true]) {
      const failure = await failureOf({ folder, linkedTo });
      expect(failure).toMatchObject({
        code: "build/step-failed",
        message: expect.stringMatching(/did not complete successfully: exit code: 3$/),
        step: { name: "[3/3] RUN echo on its way && exit 3" },
        retryable: false,
        excerpts: [{ file: "Dockerfile", firstLine: line - 2 }],
      });
      expect(failure.excerpts[0]?.lines[2]).toEqual({ text: "RUN echo on its way && exit 3", marked: true });
    }
  });

  test.each([
    { size: "small", above: "" },
    { size: "100 KB", above: padding },
  ])("of a $size Dockerfile shows the line that is no instruction", async ({ above }) => {
    const folder = await folderWith({ "docker/Dockerfile": `FROM scratch\n${above}BOGUS line\n` });
    const failure = await failureOf({ folder, target: { dockerfile: "docker/Dockerfile" } });
    expect(failure).toMatchObject({
      code: "build/dockerfile-invalid",
      message: expect.stringContaining("unknown instruction: BOGUS"),
      excerpts: [{ file: "docker/Dockerfile", lines: expect.arrayContaining([{ text: "BOGUS line", marked: true }]) }],
    });
  });

  test("leaves the other builds of the node alone, whatever its size", async () => {
    const bad = await busyboxFolder(engine, [`${padding}RUN exit 3`]);
    const good = await busyboxFolder(engine, ["RUN /bin/busybox sleep 4; echo done"]);
    const node = await dockerNode(engine);
    const other = build(node, requestOf({ folder: good, target: { name: "good" } }));
    await expect(build(node, requestOf({ folder: bad }))).rejects.toBeInstanceOf(BuildFailure);
    expect((await other).logs()).toBe("done\n");
  });

  test("names the file that COPY did not find", async () => {
    const folder = await folderWith({ Dockerfile: "FROM scratch\nCOPY nothing /\n" });
    expect(await failureOf({ folder })).toMatchObject({
      message: expect.stringContaining('"/nothing": not found'),
      excerpts: [{ lines: expect.arrayContaining([{ text: "COPY nothing /", marked: true }]) }],
    });
  });

  test("says which secret could not be read, and why", async () => {
    const folder = await busyboxFolder(engine, ["RUN --mount=type=secret,id=token,required=true true"]);
    const missingFile = await failureOf({ folder, target: { secret: [{ id: "token", src: "no-such-file" }] } });
    expect(missingFile.message).toContain(join(folder, "no-such-file"));
    const missingVariable = await failureOf({ folder, target: { secret: [{ id: "token", env: "NO_SUCH_VARIABLE" }] } });
    expect(missingVariable.message).toContain("the variable NO_SUCH_VARIABLE of secret token is not set");
  });

  test("never shows the value of a secret", async () => {
    const folder = await busyboxFolder(engine, [
      "RUN --mount=type=secret,id=token /bin/busybox test -s /run/secrets/token && /bin/busybox false hunter2-hunter2",
    ]);
    await writeFile(join(folder, "token"), "hunter2-hunter2\n");
    const failure = await failureOf({ folder, target: { secret: [{ id: "token", src: "token" }] } });
    expect(failure.message).toMatch(/false \*\*\*/);
    expect(JSON.stringify([failure.excerpts, failure.step])).not.toContain("hunter2");
  });

  test("says what is wrong with an export the node does not know", async () => {
    const folder = await folderWith({ Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
    expect(await failureOf({ folder, export: exportOf("no-such-exporter") })).toMatchObject({
      code: "build/failed",
      message: expect.stringContaining("no-such-exporter"),
    });
  });

  test("that cannot push is told from one whose step failed", async () => {
    const folder = await folderWith({ Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
    const attributes = { name: "127.0.0.1:9/nobody/there", push: "true" };
    expect(await failureOf({ folder, export: exportOf("image", attributes) })).toMatchObject({
      code: "build/push-failed",
      retryable: true,
    });
  });

  test("with a context that cannot be read names the file", async () => {
    const folder = await folderWith({ Dockerfile: "FROM scratch\nCOPY . /\n", "locked/file": "x" });
    await chmod(join(folder, "locked/file"), 0);
    const asRoot = process.getuid?.() === 0;
    const built = build(await dockerNode(engine), requestOf({ folder }));
    if (asRoot) await built;
    else await expect(built).rejects.toThrow("locked/file");
  });
});

describeWithEngine("before anything is sent", (engine) => {
  test.each([
    [{ context: "sub" }, "build/context-not-found", 'did you mean "subs"?'],
    [
      { context: "Dockerfile.web" },
      "build/context-not-a-folder",
      'did you mean context = "." and dockerfile = "Dockerfile.web"?',
    ],
    [{ dockerfile: "Dockerfile.wbe" }, "build/dockerfile-not-found", 'did you mean dockerfile = "Dockerfile.web"?'],
    [
      { context: "subs", dockerfile: "subs/app.Dockerfile" },
      "build/dockerfile-not-found",
      /relative to the context.*"app\.Dockerfile"/,
    ],
    [{ dockerfile: "subs" }, "build/dockerfile-not-found", /"subs\/Dockerfile"/],
    [{ contexts: new Map([["other", "./nowhere"]]) }, "build/context-not-found", undefined],
    [{ network: "bridge" }, "build/bad-attribute", "write default, none or host"],
    [{ ssh: [{ id: "default", paths: ["/no/such/socket"] }] }, "build/ssh-agent", /ssh-agent/],
  ])("%o is found out", async (target, code, hint) => {
    const folder = await folderWith({
      "Dockerfile.web": "FROM scratch\n",
      Dockerfile: "FROM scratch\n",
      "subs/app.Dockerfile": "FROM scratch\n",
    });
    const started = start(await dockerNode(engine), requestOf({ folder, target }));
    await expect(started.job.solved).rejects.toMatchObject({
      code,
      ...(hint === undefined ? {} : { hint: typeof hint === "string" ? hint : expect.stringMatching(hint) }),
    });
    expect(started.events).toEqual([]);
  });

  test("an engine that is not there is said to be missing, with what to do", async () => {
    const { openDockerNode } = await import("../../src/drivers/docker/open.ts");
    const environment = await environmentFor(engine);
    const node = await openDockerNode({ environment, host: "unix:///no/such/docker.sock" });
    const folder = await folderWith({ Dockerfile: "FROM scratch\n" });
    await addFiles(folder, {});
    await expect(start(node, requestOf({ folder })).job.solved).rejects.toMatchObject({
      name: "TsbakeError",
      code: "drivers/no-engine",
      message: "cannot reach the Docker engine at unix:///no/such/docker.sock: there is no such socket",
      hint: expect.stringContaining("start the Docker engine"),
    });
    await node.close();
  });
});
