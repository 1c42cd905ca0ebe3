/** Which way of showing progress a run gets. Each is loaded only when it is used. */
import type { ProgressClock, ProgressKind, ProgressRenderer, ProgressStream, ProgressStyle } from "./renderer.ts";

export interface RendererOptions {
  readonly kind: ProgressKind;
  readonly stream: ProgressStream;
  readonly style: ProgressStyle;
  readonly clock: ProgressClock;
}

const silent: ProgressRenderer = { handle: () => {}, close: () => {} };

/** `auto` is the terminal view where there is a terminal, else plain lines. */
export async function createRenderer(options: RendererOptions): Promise<ProgressRenderer> {
  const { stream, style, clock } = options;
  switch (options.kind === "auto" ? (stream.isTTY === true ? "tty" : "plain") : options.kind) {
    case "tty":
      return (await import("./tty.ts")).createTtyRenderer(stream, style, clock);
    case "plain":
      return (await import("./plain.ts")).createPlainRenderer(stream);
    case "rawjson":
      return (await import("./raw-json.ts")).createRawJsonRenderer(stream);
    case "quiet":
    case "none":
      return silent;
  }
}
