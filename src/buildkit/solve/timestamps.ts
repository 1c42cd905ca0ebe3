/** The protocol's points in time. */
import type { Timestamp } from "../gen/google/protobuf/timestamp.ts";

/** Milliseconds since the epoch, with fractions. */
export function timestampToMs(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}
