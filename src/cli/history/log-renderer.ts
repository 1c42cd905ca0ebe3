/** Shows the log of a past build with the renderers of running ones, as the result of the command: on standard output. */
import type { BuildRecord } from "../../api/history.ts";
import { createRenderer } from "../../progress/create-renderer.ts";
import type { ProgressClock, ProgressRenderer } from "../../progress/renderer.ts";
import type { Host } from "../command.ts";
import { styleFor } from "../style.ts";
import { recordName } from "./record-name.ts";

export async function createLogRenderer(record: BuildRecord, progress: string, host: Host): Promise<ProgressRenderer> {
  const kind = progress === "rawjson" || progress === "tty" ? progress : "plain";
  const style = await styleFor(host.stdout, host.environment);
  const renderer = await createRenderer({ kind, stream: host.stdout, style, clock });
  if (kind === "tty") {
    const description = { id: record.ref, target: recordName(record) || record.ref, exporter: "log" };
    renderer.handle({ type: "run-started", at: record.createdMs, builder: "the record", builds: [description] });
    renderer.handle({ type: "build-started", at: record.createdMs, build: record.ref, node: "", attempt: 1 });
  }
  return renderer;
}

const clock: ProgressClock = { now: Date.now, every: () => () => {} };
