/** How long ago, read and told. */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `24h`, `1h30m`, `90s` in milliseconds; undefined for what is no duration. */
export function parseAge(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0), 0);
}

const steps: readonly (readonly [upTo: number, seconds: number, unit: string])[] = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [48 * 3600, 3600, "hour"],
  [14 * 86_400, 86_400, "day"],
  [60 * 86_400, 7 * 86_400, "week"],
  [730 * 86_400, 30 * 86_400, "month"],
  [Number.POSITIVE_INFINITY, 365 * 86_400, "year"],
];

/** `5 minutes ago`. */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 1) return "less than a second ago";
  const [, unitSeconds, unit] = steps.find(([upTo]) => seconds < upTo) ?? [0, 1, "second"];
  const count = Math.floor(seconds / unitSeconds);
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}
