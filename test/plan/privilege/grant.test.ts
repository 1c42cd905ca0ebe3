import { expect, test } from "vitest";
import { formatGrant, parseGrant } from "../../../src/plan/privilege/grant.ts";

test.each([
  ["network.host", ["network.host"]],
  ["security.insecure", ["security.insecure"]],
  ["ssh", ["ssh"]],
  ["buildx.local.delete", ["buildx.local.delete"]],
  ["device", ["device"]],
  ["device=nvidia.com/gpu", ["device=nvidia.com/gpu"]],
  ["fs.read=/tmp", ["fs.read=/tmp"]],
  ["fs.write=*", ["fs.write=*"]],
  ["fs=../x", ["fs.read=../x", "fs.write=../x"]],
  ["image.push", ["image"]],
])("--allow %s grants %j", (text, expected) => {
  const grants = parseGrant(text);
  expect(grants.ok && grants.value.map(formatGrant)).toEqual(expected);
});

test.each([
  ["teleport", 'there is no privilege "teleport" (known are network.host'],
  ["network.hots", 'there is no privilege "network.hots" (did you mean "network.host"?)'],
  ["fs.read", '"fs.read" needs a path, as in fs.read=../shared or fs.read=*'],
  ["ssh=x", '"ssh" takes no value'],
])("--allow %s is refused", (text, expected) => {
  const grants = parseGrant(text);
  expect(grants.ok ? "" : grants.message).toContain(expected);
});
