/**
 * The status of a build that is over comes in a few messages that hold everything at once. This puts one into the order in which it
 * happened, step by step: its begin, what it counted and wrote, its end.
 */
import type { StatusResponse } from "../gen/control.ts";
import type { Timestamp } from "../gen/google/protobuf/timestamp.ts";
import { timestampToMs } from "../solve/timestamps.ts";

export interface Piece {
  /** When it happened, where that is known. */
  readonly time: Timestamp | undefined;
  readonly piece: Partial<StatusResponse>;
}

/** Linear, but for sorting the steps. */
export function inOrder(response: StatusResponse): readonly Piece[] {
  const pieces = new Map<string, Piece[]>();
  const of = (digest: string): Piece[] => {
    const known = pieces.get(digest) ?? [];
    pieces.set(digest, known);
    return known;
  };
  const vertexes = [...response.vertexes].sort((a, b) => compareStarts(a.started, b.started));
  for (const vertex of vertexes) {
    const begin = { ...vertex, completed: undefined, error: "" };
    of(vertex.digest).push({ time: vertex.started, piece: { vertexes: [begin] } });
  }
  for (const status of response.statuses) {
    of(status.vertex).push({ time: status.completed ?? status.timestamp, piece: { statuses: [status] } });
  }
  for (const log of response.logs) of(log.vertex).push({ time: log.timestamp, piece: { logs: [log] } });
  for (const warning of response.warnings) of(warning.vertex).push({ time: undefined, piece: { warnings: [warning] } });
  for (const vertex of vertexes) {
    if (vertex.completed !== undefined)
      of(vertex.digest).push({ time: vertex.completed, piece: { vertexes: [vertex] } });
  }
  return [...pieces.values()].flat();
}

/** What never began comes last. */
function compareStarts(a: Timestamp | undefined, b: Timestamp | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return timestampToMs(a) - timestampToMs(b);
}
