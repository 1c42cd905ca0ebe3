/** Exports that several nodes make together, each for its platforms. */
import type { ExporterPort, Merging, PreparedExport } from "../../execute/ports.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseReference } from "../../oci/reference.ts";
import { isOn } from "../../plan/check/output-parameters.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { writeLayoutIndex } from "./layout-index.ts";
import { pushIndex } from "./push-index.ts";

/** The same exporters, which can also put together what several nodes made. `openRegistry` is asked when something is pushed. */
export function withParts(exporters: ExporterPort, openRegistry: () => Promise<RegistryClient>): ExporterPort {
  return { ...exporters, partOf, merge: (merging) => merge(merging, openRegistry) };
}

/** Each node pushes its part without a name; the index that holds all of them gets the names. */
function partOf(prepared: PreparedExport): PreparedExport {
  if (!isPushed(prepared)) return prepared;
  const attributes = new Map(prepared.attributes);
  attributes.delete("unpack");
  attributes.set("name", [...new Set(namesOf(prepared).map(withoutTag))].join(","));
  attributes.set("push-by-digest", "true");
  attributes.set("store", "false");
  return { ...prepared, attributes };
}

async function merge(
  { prepared, answers, signal }: Merging,
  openRegistry: () => Promise<RegistryClient>,
): Promise<ReadonlyMap<string, string>> {
  const all = new Map(answers.toReversed().flatMap((answer) => [...answer]));
  const layout = await layoutOf(prepared);
  if (layout !== undefined) return withDescriptor(all, await writeLayoutIndex(layout, answers));
  if (!isPushed(prepared)) return all;
  const registry = await openRegistry();
  try {
    const names = namesOf(prepared);
    const insecure = isOn(prepared.attributes, "registry.insecure");
    const descriptor = await pushIndex(registry, { names, answers, insecure, signal });
    return new Map([...withDescriptor(all, descriptor), ["image.name", names.join(",")]]);
  } finally {
    await registry.close();
  }
}

/** The folder that the nodes' blobs are in. */
async function layoutOf({ exporter, sink }: PreparedExport): Promise<string | undefined> {
  return exporter === "oci" && sink.kind === "folder" ? sink.open() : undefined;
}

function withDescriptor(answer: ReadonlyMap<string, string>, descriptor: Descriptor): ReadonlyMap<string, string> {
  const told = new Map(answer);
  told.delete("containerimage.config.digest");
  told.set("containerimage.digest", descriptor.digest);
  told.set("containerimage.descriptor", Buffer.from(JSON.stringify(descriptor)).toString("base64"));
  return told;
}

function isPushed({ attributes }: PreparedExport): boolean {
  return isOn(attributes, "push") && (attributes.get("name") ?? "") !== "";
}

function namesOf({ attributes }: PreparedExport): readonly string[] {
  return (attributes.get("name") ?? "").split(",").map((name) => name.trim());
}

function withoutTag(name: string): string {
  const reference = parseReference(name);
  return reference.ok ? `${reference.value.registry}/${reference.value.repository}` : name;
}
