/** A device, a pipe or a socket: written as it is, since there is nothing to rename over. */
import { createWriteStream, type WriteStream } from "node:fs";
import type { TsbakeError } from "../base/errors.ts";
import { problems, streamProblem } from "./problems.ts";
import type { Receiver } from "./receiver.ts";

/** What was written before a failure cannot be taken back. */
export function specialFileReceiver(path: string, shown: string): Receiver {
  let stream: WriteStream | undefined;
  let trouble: TsbakeError | undefined;
  return {
    sink: {
      kind: "stream",
      open: async () => {
        const opened = createWriteStream(path, { flags: "w" });
        opened.on("error", (error) => {
          trouble ??= streamProblem(shown, error);
        });
        stream = opened;
        return opened;
      },
    },
    // Whoever writes hears of a failed write before the stream tells everybody.
    trouble: () => trouble ?? streamProblem(shown, stream?.errored),
    publish: async () => {
      if (stream?.writableFinished !== true) throw problems.incomplete(shown);
    },
    discard: async () => {
      stream?.destroy();
    },
  };
}
