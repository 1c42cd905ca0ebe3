/** `type=image` and `type=registry`: an image in the node's store, in a registry, or both. */
import type { NodeCapabilities } from "../execute/ports.ts";
import { imageNames } from "../plan/check/outputs.ts";
import { booleanAttribute, imageAttributes } from "./attributes.ts";
import { checkClassicStore } from "./classic-store.ts";
import { problems } from "./problems.ts";
import type { ExportSpecification, OutputContext } from "./specification.ts";

/** `registry` is an image that is pushed and not unpacked, unless the output says otherwise. */
export function specifyImage({ output, target, node }: OutputContext): ExportSpecification {
  const attributes = imageAttributes(output, target);
  if (output.type === "registry") {
    attributes.set("push", attributes.get("push") ?? "true");
    if (node.imageStore === "none") attributes.set("unpack", attributes.get("unpack") ?? "false");
  }
  const names = imageNames(output, target);
  const pushed = booleanAttribute({ ...output, attributes }, "push") === true;
  if (pushed && names.length === 0) throw problems.pushWithoutName(target.name);
  if (pushed && node.imageStore === "graphdriver") throw problems.pushNeedsContainerd(node.description);
  checkClassicStore({ node, target }, attributes);
  const to = { kind: "node", names } as const;
  if (!pushed || booleanAttribute({ ...output, attributes }, "push-by-digest") !== true) {
    return { ...imageExporter(node), attributes, to };
  }
  // What is pushed by digest has no tag, and an engine's own exporter gives one to every name; kept there, it could not be named.
  if (node.imageStore !== "none") attributes.set("store", attributes.get("store") ?? "false");
  return { ...imageExporter(node), exporter: "image", attributes, to };
}

/**
 * A Docker engine has an exporter of its own for its store: the general one would leave images there under names that are not
 * normalised. With the containerd store an image is known by the digest of its manifest, not by that of its configuration.
 */
export function imageExporter({ imageStore }: NodeCapabilities): Pick<ExportSpecification, "exporter" | "withheld"> {
  if (imageStore === "none") return { exporter: "image" };
  return imageStore === "containerd"
    ? { exporter: "moby", withheld: ["containerimage.config.digest"] }
    : { exporter: "moby" };
}
