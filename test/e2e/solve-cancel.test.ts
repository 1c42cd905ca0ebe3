import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { BuildEvent } from "../../src/events/event.ts";
import type { PreparedExport } from "../../src/execute/ports.ts";
import { exportOf, requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { build, busyboxFolder, dockerNode, type Started, start } from "./solve-setting.ts";

class Stopped extends Error {}

/** The job's end, whichever way: what it was rejected with, or `finished`. */
function endOf({ job }: Started): Promise<unknown> {
  return job.solved
    .then(() => job.finish())
    .then(
      () => "finished",
      (error: unknown) => error,
    );
}

/** A result that is received slowly. */
function slowTar(): PreparedExport {
  const open = async (): Promise<Writable> =>
    new Writable({ write: (_chunk, _encoding, done) => void setTimeout(done, 20) });
  return exportOf("tar", {}, { kind: "stream", open });
}

/** What keeps the process alive, by kind. */
function handles(): string {
  const kept = process
    .getActiveResourcesInfo()
    .filter((kind) => !["PipeWrap", "MessagePort", "Immediate", "FSReqCallback"].includes(kind));
  return kept.sort().join(" ");
}

describeWithEngine("a cancelled build", (engine) => {
  const cancelWhen = async (
    lines: readonly string[],
    when: (event: BuildEvent) => boolean,
  ): Promise<Started & { tookMs: number }> => {
    const folder = await busyboxFolder(engine, lines);
    await writeFile(join(folder, "large"), randomBytes(200 << 20));
    const node = await dockerNode(engine);
    const controller = new AbortController();
    let at = 0;
    const started = start(node, requestOf({ folder, export: slowTar() }), {
      signal: controller.signal,
      onEvent: (event) => {
        if (at !== 0 || !when(event)) return;
        at = performance.now();
        controller.abort(new Stopped());
      },
    });
    expect(await endOf(started)).toBeInstanceOf(Stopped);
    return { ...started, tookMs: performance.now() - at };
  };

  test("stops in a step, which the daemon tells", async () => {
    const stopped = await cancelWhen(["RUN echo ready; /bin/busybox sleep 1000"], (event) => event.type === "step-log");
    expect(stopped.tookMs).toBeLessThan(3000);
    const step = [...stopped.steps().values()].find(({ name }) => name.includes("sleep 1000"));
    expect(step).toMatchObject({ error: expect.stringContaining("cancel"), completed: expect.any(Number) });
  });

  test("stops while its context is sent", async () => {
    const stopped = await cancelWhen(["COPY large /"], (event) => event.type === "transfer" && event.bytes > 10 << 20);
    expect(stopped.tookMs).toBeLessThan(3000);
    expect(stopped.sent("context")).toBeLessThan(200 << 20);
  });

  test("stops while its result is received", async () => {
    const exporting = (event: BuildEvent): boolean =>
      event.type === "step-status" && event.name.includes("sending tarball");
    const stopped = await cancelWhen(
      ["COPY large /"],
      (event) => exporting(event) || (event.type === "step" && event.name.startsWith("exporting")),
    );
    expect(stopped.tookMs).toBeLessThan(6000);
  });

  test("that had not begun sends nothing", async () => {
    const folder = await busyboxFolder(engine, []);
    const started = start(await dockerNode(engine), requestOf({ folder }), {
      signal: AbortSignal.abort(new Stopped()),
    });
    expect(await endOf(started)).toBeInstanceOf(Stopped);
    expect(started.events).toEqual([]);
  });
});

describeWithEngine("cancelling", (engine) => {
  test("a build that was solved and waits for others stops it as well", async () => {
    const folder = await busyboxFolder(engine, ["RUN echo solved"]);
    const node = await dockerNode(engine);
    const controller = new AbortController();
    const started = start(node, requestOf({ folder, linkedTo: true }), { signal: controller.signal });
    await started.job.solved;
    controller.abort(new Stopped());
    await expect(started.job.finish()).rejects.toBeInstanceOf(Stopped);
  });

  test("at any moment leaves nothing running, and the node builds on", async () => {
    const node = await dockerNode(engine);
    const warm = await busyboxFolder(engine, ["RUN echo warm"]);
    await build(node, requestOf({ folder: warm }));
    const before = handles();
    for (let round = 0; round < 40; round++) {
      const folder = await busyboxFolder(engine, ["RUN /bin/busybox sleep 0.1", "COPY busybox /again"]);
      const controller = new AbortController();
      const started = start(node, requestOf({ folder, linkedTo: round % 2 === 0, export: slowTar() }), {
        signal: controller.signal,
      });
      const ended = endOf(started);
      await sleep(round * 12);
      controller.abort(new Stopped());
      const end = await ended;
      if (end !== "finished") expect(end).toBeInstanceOf(Stopped);
    }
    await sleep(50);
    expect(handles()).toBe(before);
    expect((await build(node, requestOf({ folder: warm }))).result.cached).toBe(true);
    await node.close();
  });

  test("is not the end of the builds beside", async () => {
    const node = await dockerNode(engine);
    const [one, other] = [
      await busyboxFolder(engine, ["RUN /bin/busybox sleep 1000"]),
      await busyboxFolder(engine, ["RUN /bin/busybox sleep 2; echo fine"]),
    ];
    const controller = new AbortController();
    const beside = build(node, requestOf({ folder: other, target: { name: "other" } }));
    const stopped = start(node, requestOf({ folder: one }), { signal: controller.signal });
    await stopped.job.solved;
    controller.abort(new Stopped());
    expect(await endOf(stopped)).toBeInstanceOf(Stopped);
    expect((await beside).logs()).toBe("fine\n");
  });
});

describeWithEngine("a closed node", (engine) => {
  test("ends its builds, and says so", async () => {
    const folder = await busyboxFolder(engine, ["RUN echo ready; /bin/busybox sleep 1000"]);
    const node = await dockerNode(engine);
    let close: Promise<void> | undefined;
    const started = start(node, requestOf({ folder }), {
      onEvent: (event) => {
        if (event.type === "step-log") close ??= node.close();
      },
    });
    expect(await endOf(started)).toMatchObject({ name: "TsbakeError" });
    await close;
    await node.close();
  });
});
