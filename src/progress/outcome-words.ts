/** How a build ended, in a few words. */

import { enumerate, stripControl } from "../base/text.ts";
import type { Outcome } from "../events/event.ts";
import { formatDuration } from "./format.ts";

export function outcomeWords(outcome: Outcome): string {
  switch (outcome.status) {
    case "succeeded": {
      const published = outcome.published.length > 0 ? ` → ${stripControl(enumerate(outcome.published))}` : "";
      return `${outcome.cached ? "cached" : "done"} in ${formatDuration(outcome.durationMs)}${published}`;
    }
    case "failed":
      return `failed after ${formatDuration(outcome.durationMs)}: ${stripControl(outcome.message)}`;
    case "blocked":
      return `not built: it needs ${outcome.by}`;
    case "cancelled":
      return outcome.reason === "interrupted" ? "interrupted" : "cancelled because another build failed";
    case "timed-out":
      return `given up after ${formatDuration(outcome.limitMs)}`;
    case "skipped":
      return `skipped: ${stripControl(outcome.reason)}`;
  }
}
