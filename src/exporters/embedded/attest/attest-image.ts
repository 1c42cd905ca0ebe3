/** What is said of an image beside it: how it was made, what is in it. */
import { layeredTree } from "../../../engine/tree/layered-tree.ts";
import type { Tree } from "../../../engine/tree/tree.ts";
import type { Image } from "../../../oci/assemble-image.ts";
import { digestHex } from "../../../oci/digest.ts";
import { canonicalReference, familiarName } from "../../../oci/layout.ts";
import { formatPlatform } from "../../../oci/platform.ts";
import type { ImageReference } from "../../../oci/reference.ts";
import type { AttestationDocuments, Statement, Subject } from "../attestation-manifest.ts";
import type { EncodedLayer } from "../encode-layers.ts";
import type { ImageAttributes } from "../image-attributes.ts";
import type { WriteRequest } from "../request.ts";
import { chooseAttestations } from "./attestation-choice.ts";
import { listPackages } from "./list-packages.ts";
import { provenanceStatement } from "./provenance.ts";
import { spdxStatement } from "./spdx.ts";

export interface AttestedImage {
  readonly image: Image;
  /** Among the results of the request. */
  readonly index: number;
  readonly layers: readonly EncodedLayer[];
}

export async function attestImage(
  request: WriteRequest,
  attributes: ImageAttributes,
  { image, index, layers }: AttestedImage,
): Promise<AttestationDocuments> {
  const { target, results, onWarning, defaultAttestations = false } = request;
  const choice = chooseAttestations(target.attest, {
    target: target.name,
    inline: attributes.inlineAttestations,
    byDefault: defaultAttestations && !attributes.dockerSaid,
    ...(onWarning === undefined || index > 0 ? {} : { onWarning }),
  });
  const subject = attributes.names.map((name) => subjectOf(image, name));
  const statements: Statement[] = [];
  if (choice.sbom) {
    const packages = await listPackages(await treeOf(request, index), request);
    statements.push(spdxStatement({ packages, subject, name: target.name, request }));
  }
  if (choice.provenance !== undefined) {
    const materials = results[index]?.materials ?? [];
    statements.push(provenanceStatement({ choice: choice.provenance, request, materials, subject, layers }));
  }
  return { statements };
}

/** All layers of a result as one file system. */
export async function treeOf({ results, layers, signal }: WriteRequest, index: number): Promise<Tree> {
  const entries = [];
  for (const layer of results[index]?.layers ?? []) entries.push(await layers.entries(layer, signal));
  return layeredTree(entries);
}

/** A package URL of the image under one of its names. */
function subjectOf({ manifest, platform }: Image, name: ImageReference): Subject {
  const canonical = canonicalReference(name);
  const [bare = ""] = familiarName({ registry: name.registry, repository: name.repository }).split("@");
  const version = canonical.tag ?? canonical.digest ?? "latest";
  const qualifier = encodeURIComponent(formatPlatform(platform));
  return {
    name: `pkg:docker/${bare}@${version}?platform=${qualifier}`,
    digest: new Map([["sha256", digestHex(manifest.descriptor.digest)]]),
  };
}
