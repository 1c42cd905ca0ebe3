import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { addFiles, build, busyboxDockerfile, busyboxFolder, dockerNode, folderWith } from "./solve-setting.ts";

const sh = (script: string): string => `RUN ${script}`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describeWithEngine("a build", (engine) => {
  test("runs its steps once and is cached the second time", async () => {
    const folder = await busyboxFolder(engine, [sh("echo hello from the step")]);
    const node = await dockerNode(engine);
    const first = await build(node, requestOf({ folder }));
    expect(first.result.cached).toBe(false);
    expect(first.logs()).toBe("hello from the step\n");
    expect(first.sent("context")).toBeGreaterThan(1_000_000);
    const second = await build(node, requestOf({ folder }));
    expect(second.result.cached).toBe(true);
    expect(second.sent("context")).toBe(0);
    expect(second.steps().get("[3/3] RUN echo hello from the step")).toMatchObject({ cached: true });
  });

  test("from an inline Dockerfile leaves the one in the context alone", async () => {
    const folder = await busyboxFolder(engine, ["RUN exit 1"]);
    const dockerfileInline = busyboxDockerfile([sh("echo inline")]);
    const built = await build(await dockerNode(engine), requestOf({ folder, target: { dockerfileInline } }));
    expect(built.logs()).toBe("inline\n");
  });

  test("takes its Dockerfile from where it is said to be", async () => {
    const folder = await busyboxFolder(engine, ["RUN exit 1"]);
    await addFiles(folder, { "docker/app.Dockerfile": busyboxDockerfile([sh("echo elsewhere")]) });
    const request = requestOf({ folder, target: { dockerfile: "docker/app.Dockerfile" } });
    expect((await build(await dockerNode(engine), request)).logs()).toBe("elsewhere\n");
  });

  test("finds a Dockerfile that is written in lower case", async () => {
    const folder = await folderWith({ dockerfile: "FROM scratch\nCOPY dockerfile /\n" });
    const built = await build(await dockerNode(engine), requestOf({ folder }));
    expect(built.steps().has("[1/1] COPY dockerfile /")).toBe(true);
  });

  test("passes arguments, stage, labels, hosts, limits and memory on", async () => {
    const folder = await busyboxFolder(engine, [
      "ARG GREETING",
      sh("echo $GREETING && /bin/busybox grep 10.1.2.3 /etc/hosts && ulimit -n && /bin/busybox df -k /dev/shm"),
      "FROM base AS never",
      sh("exit 1"),
    ]);
    const target = {
      stage: "base",
      args: new Map([["GREETING", "good day"]]),
      extraHosts: new Map([["far.example", "10.1.2.3"]]),
      ulimits: ["nofile=512:1024"],
      shmSize: "16m",
    };
    const built = await build(await dockerNode(engine), requestOf({ folder, target }));
    expect(built.logs()).toMatch(/^good day\n10\.1\.2\.3\s+far\.example\n512\n[\s\S]*tmpfs\s+16384 .*\/dev\/shm\n$/);
  });

  test("without cache runs again", async () => {
    const folder = await busyboxFolder(engine, [sh("echo again")]);
    const node = await dockerNode(engine);
    await build(node, requestOf({ folder }));
    expect((await build(node, requestOf({ folder, target: { noCache: true } }))).logs()).toBe("again\n");
  });

  test("gets secrets from variables and files, and only those it declares, and they are masked where it prints them", async () => {
    const read = (id: string): string => `--mount=type=secret,id=${id}`;
    const folder = await busyboxFolder(engine, [
      `RUN ${read("file")} ${read("none")} /bin/busybox cat /run/secrets/file; /bin/busybox sha256sum < /run/secrets/file; [ ! -e /run/secrets/none ]`,
    ]);
    await addFiles(folder, { "token.txt": "from a file\n" });
    const target = { secret: [{ id: "file", src: "token.txt" }] };
    expect((await build(await dockerNode(engine), requestOf({ folder, target }))).logs()).toBe(
      `***\n${sha256("from a file\n")}  -\n`,
    );
  });

  test("answers questions about the Dockerfile without building", async () => {
    const folder = await folderWith({ Dockerfile: "from scratch\nCOPY Dockerfile /\n" });
    const built = await build(await dockerNode(engine), requestOf({ folder, target: { call: "check" } }));
    const answer = JSON.parse(built.result.response.get("result.json") ?? "");
    expect(answer).toMatchObject({ warnings: [{ ruleName: "ConsistentInstructionCasing" }] });
    expect([...built.steps().keys()].filter((name) => name.startsWith("[1/"))).toEqual([]);
  });

  test("warns with the lines that are meant", async () => {
    const folder = await folderWith({ Dockerfile: "FROM scratch AS Upper\nCOPY Dockerfile /\nMAINTAINER me\n" });
    const built = await build(await dockerNode(engine), requestOf({ folder }));
    const warning = built.events.find(
      (event) => event.type === "step-warning" && event.message.includes("MaintainerDeprecated"),
    );
    expect(warning).toMatchObject({
      excerpt: {
        file: "Dockerfile",
        firstLine: 1,
        lines: expect.arrayContaining([{ text: "MAINTAINER me", marked: true }]),
      },
    });
  });
});

describeWithEngine("a context", (engine) => {
  test("may hold names with commas, spaces, and letters of any script", async () => {
    const names = ["a, c.txt", "a,b.txt", "später.txt", "名前.txt", "😀.txt", "ﬀ.txt", "q=1&r+2 %20.txt"];
    const copies = names.map((name) => `COPY ${JSON.stringify([name, "/out/"])}`);
    const folder = await busyboxFolder(engine, [...copies, sh("/bin/busybox ls /out | /bin/busybox wc -l")]);
    for (const name of names) await writeFile(join(folder, name), name);
    expect((await build(await dockerNode(engine), requestOf({ folder }))).logs().trim()).toBe(String(names.length));
  });

  test("may have 400 ignore patterns", async () => {
    const folder = await busyboxFolder(engine, ["COPY . /out/", sh("/bin/busybox ls /out/data")]);
    const patterns = Array.from({ length: 400 }, (_, i) => `data/ignored-${i}.*`);
    const files = Array.from({ length: 400 }, (_, i) => [`data/ignored-${i}.txt`, "x"]);
    await addFiles(folder, {
      ...Object.fromEntries(files),
      "data/kept.txt": "x",
      ".dockerignore": patterns.join("\n"),
    });
    expect((await build(await dockerNode(engine), requestOf({ folder }))).logs()).toBe("kept.txt\n");
  });

  test("keeps hard links, empty files, modes and links, also when it is sent again", async () => {
    const list =
      "cd /out && /bin/busybox find . | /bin/busybox sort && /bin/busybox stat -c '%n %a %s %h' one two empty run && cat sym";
    const folder = await busyboxFolder(engine, [
      "COPY in /out/",
      "ARG AGAIN",
      sh(list.replace("&& cat", "&& /bin/busybox cat")),
    ]);
    await mkdir(join(folder, "in/dir"), { recursive: true });
    await addFiles(folder, { "in/one": "same", "in/empty": "", "in/run": "#!/bin/sh\n" });
    await link(join(folder, "in/one"), join(folder, "in/two"));
    await symlink("one", join(folder, "in/sym"));
    await chmod(join(folder, "in/run"), 0o755);
    const expected =
      "./dir\n./empty\n./one\n./run\n./sym\n./two\none 644 4 2\ntwo 644 4 2\nempty 644 0 1\nrun 755 10 1\nsame";
    const node = await dockerNode(engine);
    for (const again of ["1", "2", "3"]) {
      const built = await build(
        node,
        requestOf({ folder, target: { args: new Map([["AGAIN", again]]), noCache: true } }),
      );
      expect(built.logs()).toContain(expected);
      if (again !== "1") expect(built.sent("context")).toBe(0);
    }
  });

  test("of 20,000 files arrives whole", async () => {
    const folder = await busyboxFolder(engine, [
      "COPY many /many",
      sh("/bin/busybox find /many -type f | /bin/busybox wc -l"),
    ]);
    await promisify(execFile)("sh", [
      "-c",
      'mkdir "$0/many" && cd "$0/many" && for d in $(seq 100); do mkdir $d; for f in $(seq 200); do echo $d-$f > $d/$f; done; done',
      folder,
    ]);
    const built = await build(await dockerNode(engine), requestOf({ folder }));
    expect(built.logs().trim()).toBe("20000");
    expect(built.events.length).toBeLessThan(2000);
  });

  test("can be several folders under names of their own", async () => {
    const folder = await busyboxFolder(engine, [
      "COPY --from=other hello.txt /",
      "COPY --from=context-two hello.txt /two.txt",
      sh("/bin/busybox cat /hello.txt /two.txt"),
    ]);
    const other = await folderWith({ "hello.txt": "one " });
    await addFiles(folder, { "sub/hello.txt": "two" });
    const target = {
      contexts: new Map([
        ["other", other],
        ["context-two", "./sub"],
      ]),
    };
    expect((await build(await dockerNode(engine), requestOf({ folder, target }))).logs()).toBe("one two");
  });

  test("is sent once for all builds that share it", async () => {
    const folder = await busyboxFolder(engine, [sh("echo shared")]);
    if (engine.busyboxPath !== undefined) await copyFile(engine.busyboxPath, join(folder, "ballast"));
    const node = await dockerNode(engine);
    const requests = ["a", "b", "c"].map((name) => requestOf({ folder, target: { name } }));
    node.share(requests);
    const built = await Promise.all(requests.map((request) => build(node, request)));
    const sizes = built.map((each) => each.sent("context")).filter((bytes) => bytes > 0);
    expect(sizes).toHaveLength(1);
    expect(built.every((each) => each.logs().includes("shared") || each.result.cached)).toBe(true);
  });
});
