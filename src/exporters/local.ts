/** `type=local`: the files of the result in a folder. */
import { nodeAttributes } from "./attributes.ts";
import { problems } from "./problems.ts";
import type { ExportSpecification, OutputContext } from "./specification.ts";

/**
 * `mode=copy` (the default) adds to what the folder holds, `mode=delete` replaces it. Both are ours to do, after everything has been
 * received, so the node is not told: what it sends is the same, and nodes that do not know the mode serve as well.
 */
export function specifyLocal({ output }: OutputContext): ExportSpecification {
  const path = output.attributes.get("dest") ?? "";
  if (path === "" || path === "-") throw problems.destinationMissing("local");
  const mode = output.attributes.get("mode") ?? "copy";
  if (mode !== "copy" && mode !== "delete") throw problems.badParameter("local", "mode", mode, "copy or delete");
  const attributes = nodeAttributes(output);
  attributes.delete("mode");
  return { exporter: "local", attributes, to: { kind: "folder", path, replace: mode === "delete" } };
}
