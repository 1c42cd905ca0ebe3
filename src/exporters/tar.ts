/** `type=tar`: the files of the result as one archive. */
import type { OutputEntry } from "../buildfile/attributes/entries.ts";
import { nodeAttributes } from "./attributes.ts";
import type { Destination, ExportSpecification, OutputContext } from "./specification.ts";

export function specifyTar({ output }: OutputContext): ExportSpecification {
  return { exporter: "tar", attributes: nodeAttributes(output), to: archiveDestination(output) };
}

/** Without a destination, or with `-`, an archive goes to standard output. */
export function archiveDestination({ attributes }: OutputEntry): Destination {
  const dest = attributes.get("dest") ?? "";
  return dest === "" || dest === "-" ? { kind: "stdout" } : { kind: "file", path: dest };
}
