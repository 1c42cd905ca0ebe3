import { expect, test } from "vitest";
import { StatusResponse } from "../../../src/buildkit/gen/control.ts";
import { inOrder } from "../../../src/buildkit/history/in-order.ts";

const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });

test("what happened in a step is told between its begin and its end, the earlier step first", () => {
  const response = StatusResponse.create({
    vertexes: [
      { digest: "never", name: "never" },
      { digest: "late", name: "late", started: at(5), completed: at(6), error: "exit code: 1" },
      { digest: "early", name: "early", started: at(1), completed: at(7) },
    ],
    statuses: [{ ID: "s", vertex: "early", timestamp: at(2) }],
    logs: [{ vertex: "late", timestamp: at(5), msg: Buffer.from("x") }],
    warnings: [{ vertex: "early" }],
  });
  const told = inOrder(response).map(({ time, piece }) => {
    const [vertex] = piece.vertexes ?? [];
    const what = vertex ? `${vertex.completed ? "end" : "begin"} ${vertex.error}` : Object.keys(piece).join();
    const of = vertex?.digest ?? piece.logs?.[0]?.vertex ?? piece.statuses?.[0]?.vertex ?? piece.warnings?.[0]?.vertex;
    return `${time?.seconds ?? "-"} ${of} ${what}`.trimEnd();
  });
  expect(told).toEqual([
    "1 early begin",
    "2 early statuses",
    "- early warnings",
    "7 early end",
    "5 late begin",
    "5 late logs",
    "6 late end exit code: 1",
    "- never begin",
  ]);
});
