/** The protocol's points in time. */
import type { Timestamp } from "../gen/google/protobuf/timestamp.ts";

/** Milliseconds since the epoch, with fractions. */
export function timestampToMs(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}

/** RFC 3339 in UTC, to the nanosecond, without trailing zeros. */
export function timestampText({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, "0").replace(/0+$/, "");
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}
