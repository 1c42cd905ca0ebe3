import { expect, test } from "vitest";
import { exportedAgain } from "../../../src/buildkit/target/solve-plan.ts";
import { targetOf } from "../solve-request.ts";

test("a repeated export takes what was made before it, and writes no cache but the one inside of the image", () => {
  const entry = (type: string) => ({ type, attributes: new Map<string, string>() });
  const target = targetOf({
    noCache: true,
    noCacheFilter: ["a"],
    cacheTo: [entry("local"), entry("inline")],
    pull: true,
  });
  expect(exportedAgain(target, { repeatsDone: true })).toEqual(targetOf({ cacheTo: [entry("inline")], pull: true }));
  expect(exportedAgain(target, { repeatsDone: false })).toEqual({ ...target, cacheTo: [entry("inline")] });
});
