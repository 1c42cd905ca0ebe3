/** Shows the log of a past build with the renderers of running ones, as the result of the command: on standard output. */
import type { BuildRecord } from "../../api/history.ts";
import { createRenderer } from "../../progress/create-renderer.ts";
import type { ProgressClock, ProgressRenderer, ProgressStream } from "../../progress/renderer.ts";
import type { Host, OutputStream } from "../command.ts";
import { styleFor } from "../style.ts";
import { recordName } from "./record-name.ts";

export async function createLogRenderer(record: BuildRecord, progress: string, host: Host): Promise<ProgressRenderer> {
  const kind = progress === "rawjson" || progress === "tty" ? progress : "plain";
  const style = await styleFor(host.stdout, host.environment);
  // That a run begins is news for those who watch it.
  let begun = kind !== "plain";
  const write = (text: string): unknown => (begun ? host.stdout.write(text) : true);
  const renderer = await createRenderer({ kind, stream: { ...sizeOf(host.stdout), write }, style, clock });
  const description = { id: record.ref, target: recordName(record) || "build", exporter: "log" };
  renderer.handle({ type: "run-started", at: record.createdMs, builder: "the record", builds: [description] });
  renderer.handle({ type: "build-started", at: record.createdMs, build: record.ref, node: "", attempt: 1 });
  begun = true;
  return renderer;
}

function sizeOf({ isTTY, columns, rows }: OutputStream): Omit<ProgressStream, "write"> {
  return {
    ...(isTTY === undefined ? {} : { isTTY }),
    ...(columns === undefined ? {} : { columns }),
    ...(rows === undefined ? {} : { rows }),
  };
}

const clock: ProgressClock = { now: Date.now, every: () => () => {} };
