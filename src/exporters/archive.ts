/** `type=oci` and `type=docker`: an image as one file, as a layout in a folder, or (docker without a destination) in the image store of a Docker engine. */
import { hasSeveralPlatforms, imageNames } from "../plan/check/outputs.ts";
import { booleanAttribute, imageAttributes } from "./attributes.ts";
import { checkClassicStore } from "./classic-store.ts";
import { imageExporter } from "./image.ts";
import { problems } from "./problems.ts";
import type { ExportSpecification, OutputContext } from "./specification.ts";
import { archiveDestination } from "./tar.ts";

export function specifyArchive(context: OutputContext): ExportSpecification {
  const { output, target, node } = context;
  const attributes = imageAttributes(output, target);
  const dest = output.attributes.get("dest") ?? "";
  if (booleanAttribute(output, "tar") === false) {
    if (dest === "" || dest === "-") throw problems.destinationMissing(output.type);
    if (output.type === "docker" && hasSeveralPlatforms(target)) throw problems.severalPlatforms(target.name);
    return { exporter: output.type, attributes: attributes.set("tar", "false"), to: { kind: "layout", path: dest } };
  }
  if (output.type === "docker" && dest === "") {
    const dockerContext = output.attributes.get("context");
    const names = imageNames(output, target);
    if (node.imageStore !== "none" && dockerContext === undefined) {
      checkClassicStore(context, attributes);
      return { ...imageExporter(node), attributes, to: { kind: "node", names } };
    }
    return { exporter: "docker", attributes, to: { kind: "engine", context: dockerContext, names } };
  }
  if (output.type === "docker" && hasSeveralPlatforms(target)) throw problems.severalPlatforms(target.name);
  return { exporter: output.type, attributes, to: archiveDestination(output) };
}
