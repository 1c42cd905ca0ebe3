/** Progress for a terminal: one line a build, its running step below, failed ones with their last lines. */

import { stripControl } from "../base/text.ts";
import type { BuildEvent } from "../events/event.ts";
import { formatDuration } from "./format.ts";
import { Frame } from "./frame.ts";
import type { ProgressClock, ProgressRenderer, ProgressStream, ProgressStyle } from "./renderer.ts";
import { RunModel } from "./run-model.ts";
import { layoutRun } from "./tty-layout.ts";

const frameIntervalMs = 100;

export function createTtyRenderer(
  stream: ProgressStream,
  style: ProgressStyle,
  clock: ProgressClock,
): ProgressRenderer {
  return new TtyRenderer(stream, style, clock);
}

class TtyRenderer implements ProgressRenderer {
  readonly #stream: ProgressStream;
  readonly #style: ProgressStyle;
  readonly #clock: ProgressClock;
  readonly #frame: Frame;
  readonly #model = new RunModel();
  #stopTicking: (() => void) | undefined;
  #tick = 0;

  constructor(stream: ProgressStream, style: ProgressStyle, clock: ProgressClock) {
    this.#stream = stream;
    this.#style = style;
    this.#clock = clock;
    this.#frame = new Frame(stream);
  }

  readonly handle = (event: BuildEvent): void => {
    this.#model.apply(event);
    switch (event.type) {
      case "run-started":
        this.#stopTicking ??= this.#clock.every(frameIntervalMs, () => this.#draw());
        this.#draw();
        return;
      case "message":
        this.#frame.print(this.#painted(event.level, stripControl(event.text)));
        return;
      case "build-retried":
        this.#frame.print(
          this.#painted(
            "warning",
            `${event.build}: trying again in ${formatDuration(event.delayMs)}: ${stripControl(event.reason)}`,
          ),
        );
        return;
      case "run-ended":
        this.close();
        return;
      default:
        return;
    }
  };

  readonly close = (): void => {
    if (this.#stopTicking === undefined) return;
    this.#stopTicking();
    this.#stopTicking = undefined;
    this.#draw(true);
    this.#frame.close();
  };

  #draw(final = false): void {
    this.#frame.draw(
      layoutRun(this.#model, {
        columns: (this.#stream.columns || 80) - 1,
        rows: final ? Number.POSITIVE_INFINITY : Math.max(4, (this.#stream.rows || 24) - 1),
        now: this.#clock.now(),
        tick: this.#tick++,
        style: this.#style,
        final,
      }),
    );
  }

  #painted(level: "info" | "warning" | "error", text: string): string {
    if (level === "info") return text;
    return `${(level === "warning" ? this.#style.warning : this.#style.error)(`${level}:`)} ${text}`;
  }
}
