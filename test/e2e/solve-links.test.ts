import { expect, test } from "vitest";
import { requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { build, busyboxFolder, dockerNode, folderWith, start } from "./solve-setting.ts";

describeWithEngine("a linked target", (engine) => {
  test("is built from the other's result, over several levels, and keeps its configuration", async () => {
    const node = await dockerNode(engine);
    const folder = await busyboxFolder(engine, ["RUN echo one > /one", "ENV LEVEL=1"]);
    const middle = await folderWith({ Dockerfile: 'FROM parent\nRUN ["/bin/sh", "-c", "echo $LEVEL two > /two"]\n' });
    const last = await folderWith({
      Dockerfile: 'FROM second\nCOPY --from=first /one /first\nRUN ["/bin/sh", "-c", "/bin/busybox cat /first /two"]\n',
    });
    const first = start(node, requestOf({ folder, target: { name: "first" }, linkedTo: true }));
    await first.job.solved;
    const request = requestOf({
      folder: middle,
      target: { name: "second" },
      links: { parent: "first#0" },
      linkedTo: true,
    });
    const second = start(node, request, { links: { parent: first.job } });
    await second.job.solved;
    const third = await build(
      node,
      requestOf({ folder: last, target: { name: "third" }, links: { first: "first#0", second: "second#0" } }),
      { links: { first: first.job, second: second.job } },
    );
    expect(third.logs()).toBe("one\n1 two\n");
    expect((await second.job.finish()).cached).toBe(false);
    expect((await first.job.finish()).cached).toBe(false);
    expect(first.logs() + second.logs()).toBe("");
  });

  test("runs the other's steps once", async () => {
    const node = await dockerNode(engine);
    const folder = await busyboxFolder(engine, ["RUN /bin/busybox cat /proc/sys/kernel/random/uuid"]);
    const child = await folderWith({ Dockerfile: "FROM parent\nCOPY Dockerfile /\n" });
    const parent = start(node, requestOf({ folder, target: { name: "parent" }, linkedTo: true }));
    await parent.job.solved;
    const children = await Promise.all(
      ["a", "b"].map((name) =>
        build(node, requestOf({ folder: child, target: { name }, links: { parent: "parent#0" } }), {
          links: { parent: parent.job },
        }),
      ),
    );
    await parent.job.finish();
    // The daemon repeats to each of them what the one run of the step said.
    expect(parent.logs()).toMatch(/^[0-9a-f-]{36}\n$/);
    expect(children.map((each) => each.logs())).toEqual([parent.logs(), parent.logs()]);
    expect(parent.sent("context")).toBeGreaterThan(0);
    expect(children.map((each) => each.sent("context")).every((bytes) => bytes < 1000)).toBe(true);
  });
});

describeWithEngine("a link", (engine) => {
  test("may be to an empty target", async () => {
    const node = await dockerNode(engine);
    const empty = await folderWith({ Dockerfile: "FROM scratch\n" });
    const child = await folderWith({ Dockerfile: "FROM nothing\nCOPY Dockerfile /\n" });
    const parent = start(node, requestOf({ folder: empty, target: { name: "empty" }, linkedTo: true }));
    await parent.job.solved;
    const request = requestOf({ folder: child, target: { name: "child" }, links: { nothing: "empty#0" } });
    const built = await build(node, request, { links: { nothing: parent.job } });
    expect([...built.steps().keys()]).toContainEqual(expect.stringMatching(/COPY Dockerfile \//));
    await parent.job.finish();
  });

  test("of targets with several platforms is one for each", async () => {
    const node = await dockerNode(engine);
    const folder = await folderWith({
      Dockerfile: "FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /from-$TARGETARCH\n",
    });
    const child = await folderWith({
      Dockerfile: "FROM parent\nARG TARGETARCH\nCOPY --from=parent /from-$TARGETARCH /copied\n",
    });
    const platforms = ["linux/amd64", "linux/arm64"];
    const parent = start(node, requestOf({ folder, target: { name: "parent", platforms }, linkedTo: true }));
    await parent.job.solved;
    const request = requestOf({ folder: child, target: { name: "child", platforms }, links: { parent: "parent#0" } });
    const built = await build(node, request, { links: { parent: parent.job } });
    const copies = [...built.steps().keys()].filter((name) => name.includes("/copied"));
    expect(
      copies.some((name) => name.includes("linux/arm64")) && copies.some((name) => name.includes("linux/amd64")),
    ).toBe(true);
    await parent.job.finish();
  });

  test("does not take the linked target down with the one that links", async () => {
    const node = await dockerNode(engine);
    const folder = await busyboxFolder(engine, ["RUN echo fine"]);
    const child = await folderWith({ Dockerfile: 'FROM parent\nRUN ["/bin/sh", "-c", "exit 7"]\n' });
    const parent = start(node, requestOf({ folder, target: { name: "parent" }, linkedTo: true }));
    await parent.job.solved;
    const request = requestOf({ folder: child, target: { name: "child" }, links: { parent: "parent#0" } });
    await expect(build(node, request, { links: { parent: parent.job } })).rejects.toMatchObject({
      code: "build/step-failed",
      excerpts: [{ file: "Dockerfile", lines: [{ text: "FROM parent" }, { marked: true }, { text: "" }] }],
    });
    expect((await parent.job.finish()).cached).toBe(false);
  });
});
