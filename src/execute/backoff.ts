/** How long to wait before a build is tried again. */

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;

/**
 * The delay before the given retry (from 1): doubling from a second up to half a minute, and spread over its upper half so that
 * builds that failed together do not come back together. `random` is in [0, 1).
 */
export function backoffMs(retry: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(retry - 1, 16));
  return Math.round(full * (0.5 + random / 2));
}
