import { chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDockerNode } from "../../src/drivers/docker/open.ts";
import { requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { afterTest, build, busyboxFolder, dockerNode, environmentFor, folderWith } from "./solve-setting.ts";

/** Puts a program called ssh in front of the others that runs a script of Node's instead of going anywhere. */
async function pretendSsh(script: string): Promise<void> {
  const folder = await folderWith();
  await writeFile(join(folder, "relay.cjs"), script);
  await writeFile(join(folder, "ssh"), `#!/bin/sh\nexec ${process.execPath} ${join(folder, "relay.cjs")} "$@"\n`);
  await chmod(join(folder, "ssh"), 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  afterTest(async () => {
    process.env.PATH = before;
  });
}

describeWithEngine("an engine on another machine", (engine) => {
  test("is built on through ssh", async () => {
    const relay = `const s = require("node:net").connect(${JSON.stringify(engine.socket)}); process.stdin.pipe(s); s.pipe(process.stdout);
if (!process.argv.slice(2).join(" ").endsWith("-T -- far.example docker system dial-stdio")) { console.error("asked for", ...process.argv); process.exit(9); }`;
    await pretendSsh(relay);
    const folder = await busyboxFolder(engine, ["RUN echo by ssh"]);
    const node = await openDockerNode({ environment: await environmentFor(engine), host: "ssh://me@far.example" });
    afterTest(() => node.close());
    expect((await build(node, requestOf({ folder }))).logs()).toBe("by ssh\n");
    expect((await build(node, requestOf({ folder }))).result.cached).toBe(true);
  });

  test("that ssh cannot reach is said to be so, in the words of ssh", async () => {
    await pretendSsh('console.error("ssh: Could not resolve hostname far.example"); process.exit(255)');
    const node = await openDockerNode({ environment: await environmentFor(engine), host: "ssh://me@far.example" });
    afterTest(() => node.close());
    await expect(node.capabilities(new AbortController().signal)).rejects.toMatchObject({
      code: "drivers/no-engine",
      message: expect.stringContaining("Could not resolve hostname far.example"),
    });
  });
});

describeWithEngine("an SSH agent", (engine) => {
  test("is there for the steps that ask for it, and for no others", async () => {
    const path = join(await folderWith(), "agent.sock");
    // SSH_AGENT_IDENTITIES_ANSWER without keys, to whatever is asked.
    const agent = createServer(
      (socket) => void socket.on("data", () => socket.write(Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 0]))),
    );
    await new Promise<void>((resolve) => agent.listen(path, resolve));
    afterTest(() => new Promise((resolve) => agent.close(() => resolve())));
    const folder = await busyboxFolder(engine, [
      "RUN --mount=type=ssh [ -S $SSH_AUTH_SOCK ] && echo there",
      "RUN [ -z $SSH_AUTH_SOCK ] && echo not there",
    ]);
    const built = await build(
      await dockerNode(engine),
      requestOf({ folder, target: { ssh: [{ id: "default", paths: [path] }] } }),
    );
    expect(built.logs()).toBe("there\nnot there\n");
  });
});
