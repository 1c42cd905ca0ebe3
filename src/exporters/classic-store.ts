/** The image store of a Docker engine without containerd: layers of its own, a name, a configuration, and nothing else. */
import { parseBoolean } from "../base/boolean.ts";
import { enumerate } from "../base/text.ts";
import { hasSeveralPlatforms } from "../plan/check/outputs.ts";
import { problems } from "./problems.ts";
import type { OutputContext } from "./specification.ts";

const yes = (value: string): boolean => value === "" || parseBoolean(value) === true;
const no = (value: string): boolean => parseBoolean(value) === false;

/** What changes an image elsewhere, and when: such an engine would leave it out and say nothing. */
const unknown: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ["compression", (value) => value !== "gzip" && value !== "uncompressed"],
  ["compression-level", () => true],
  ["oci-mediatypes", yes],
  ["oci-artifact", yes],
  ["rewrite-timestamp", yes],
  ["name-canonical", yes],
  ["dangling-name-prefix", () => true],
  ["store", no],
  ["unpack", no],
]);

/** Throws a TsbakeError when the node has such a store and the image would not be what was asked for. */
export function checkClassicStore(
  { node, target }: Pick<OutputContext, "node" | "target">,
  attributes: ReadonlyMap<string, string>,
): void {
  if (node.imageStore !== "graphdriver") return;
  const lost = [...attributes].filter(([key, value]) => key.startsWith("annotation") || unknown.get(key)?.(value));
  const keys = lost.map(([key]) => key);
  if (keys.length > 0) throw problems.storeCannot(enumerate(keys), node.description);
  if (hasSeveralPlatforms(target)) throw problems.storeOfOnePlatform(target.name, node.description);
}
