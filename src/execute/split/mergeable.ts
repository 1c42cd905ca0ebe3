/** Which outputs can be put together from what several nodes made. */
import { parseBoolean } from "../../base/boolean.ts";
import { imageNames, pushes } from "../../plan/check/outputs.ts";
import type { Build, Target } from "../../plan/plan.ts";
import type { Place } from "../place.ts";

/**
 * An image in a registry (its parts are pushed by digest, then named by an index) or in a layout in a folder, a folder of files (every platform
 * has its own in it), and what is not exported at all. An image in a node's own store, and archives, need one node for all of it.
 */
export function isMergeable({ output }: Build, target: Target, places: readonly Place[]): boolean {
  if (target.call !== undefined && target.call !== "" && target.call !== "build") return false;
  const stores = places.map(({ capabilities }) => capabilities.imageStore);
  // Without an output an engine keeps the image in its store.
  if (output === undefined) return target.linkedOnly || stores.every((store) => store === "none");
  const isOn = (key: string): boolean | undefined => parseBoolean(output.attributes.get(key) ?? "");
  if (output.type === "cacheonly") return true;
  if (output.type === "oci") return isOn("tar") === false;
  if (output.type === "local") return isOn("platform-split") !== false;
  return (
    pushes(output) &&
    isOn("push-by-digest") !== true &&
    imageNames(output, target).length > 0 &&
    stores.every((store) => store !== "graphdriver")
  );
}
