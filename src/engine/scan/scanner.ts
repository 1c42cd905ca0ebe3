/** Who lists what is in an image: a program in an image of its own (BuildKit's SBOM scanning protocol), or the engine itself. */
import type { AttestEntry } from "../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { canonicalReference } from "../../oci/layout.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import type { Target } from "../../plan/plan.ts";

export interface Scanner {
  /** In full. */
  readonly reference: string;
  /** What else the attestation says: handed to the program. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `generator=tsbake`: no program, the engine reads the databases of package managers. */
export const ownGenerator = "tsbake";

const usualGenerator = "docker/buildkit-syft-scanner:stable-1";

/** Undefined when nobody scans, or the engine itself does. Throws a BuildFailure for a name that is no image's. */
export function scannerOf({ name, attest }: Pick<Target, "name" | "attest">): Scanner | undefined {
  const entry = attest.findLast(({ type }) => type === "sbom");
  if (entry === undefined || entry.disabled) return undefined;
  const generator = generatorOf(entry);
  if (generator === ownGenerator) return undefined;
  const parsed = parseReference(generator);
  if (!parsed.ok) {
    throw new BuildFailure(
      "build/bad-attribute",
      `attest of target ${JSON.stringify(name)}: the generator ${JSON.stringify(generator)} is no image: ${parsed.message}`,
      { hint: `name an image that scans, or write generator=${ownGenerator} to have the engine list packages itself` },
    );
  }
  const parameters = new Map([...entry.attributes].filter(([key]) => key !== "generator"));
  return { reference: formatReference(canonicalReference(parsed.value)), parameters: parameters.set("type", "sbom") };
}

function generatorOf({ attributes }: AttestEntry): string {
  return attributes.get("generator") || usualGenerator;
}
