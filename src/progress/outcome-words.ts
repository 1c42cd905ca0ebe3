/** How a build ended, in a few words on one line. */

import { enumerate } from "../base/text.ts";
import type { Outcome } from "../events/event.ts";
import { formatDuration } from "./format.ts";
import { oneLine } from "./one-line.ts";

export function outcomeWords(outcome: Outcome): string {
  switch (outcome.status) {
    case "succeeded": {
      const published = outcome.published.length > 0 ? ` → ${oneLine(enumerate(outcome.published))}` : "";
      return `${outcome.cached ? "cached" : "done"} in ${formatDuration(outcome.durationMs)}${published}`;
    }
    case "failed":
      return `failed after ${formatDuration(outcome.durationMs)}: ${oneLine(outcome.message)}`;
    case "blocked":
      return `not built: it needs ${outcome.by}`;
    case "cancelled":
      return outcome.reason === "interrupted" ? "interrupted" : "cancelled because another build failed";
    case "timed-out":
      return `given up after ${formatDuration(outcome.limitMs)}`;
    case "skipped":
      return `skipped: ${oneLine(outcome.reason)}`;
  }
}
