/** What is said of an image beside it: how it was made, what is in it. */
import { layeredTree } from "../../../engine/tree/layered-tree.ts";
import type { Tree } from "../../../engine/tree/tree.ts";
import type { Image } from "../../../oci/assemble-image.ts";
import { digestHex } from "../../../oci/digest.ts";
import { imageUrl } from "../../../oci/package-url.ts";
import type { ImageReference } from "../../../oci/reference.ts";
import type { AttestationDocuments, Statement, Subject } from "../attestation-manifest.ts";
import type { EncodedLayer } from "../encode-layers.ts";
import type { ImageAttributes } from "../image-attributes.ts";
import type { WriteRequest } from "../request.ts";
import { chooseAttestations } from "./attestation-choice.ts";
import { listPackages } from "./list-packages.ts";
import { provenanceStatement } from "./provenance.ts";
import { scannedStatement, withLayers } from "./scanned.ts";
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
  attested: AttestedImage,
): Promise<AttestationDocuments> {
  const { target, results, defaultAttestations = false } = request;
  const { image, index, layers } = attested;
  const choice = chooseAttestations(target.attest, {
    target: target.name,
    inline: attributes.inlineAttestations,
    byDefault: defaultAttestations && !attributes.dockerSaid,
  });
  const subject = attributes.names.map((name) => subjectOf(image, name));
  const statements: Statement[] = choice.sbom ? [...(await contentsOf(request, attested, subject))] : [];
  const result = results[index];
  if (choice.provenance !== undefined && result !== undefined) {
    const { sources } = result;
    statements.push(await provenanceStatement({ choice: choice.provenance, request, sources, subject, layers }));
  }
  return { statements };
}

async function contentsOf(
  request: WriteRequest,
  { index, layers }: AttestedImage,
  subject: readonly Subject[],
): Promise<readonly Statement[]> {
  const { scan, results, target } = request;
  const result = results[index];
  if (scan === undefined || result === undefined) {
    const packages = await listPackages(await treeOf(request, index), request);
    return [spdxStatement({ packages, subject, name: target.name, request })];
  }
  const documents = await scan(index);
  return Promise.all(
    documents.map(async (each) => scannedStatement(await withLayers(each, { result, layers }, request), subject)),
  );
}

/** All layers of a result as one file system. */
export async function treeOf({ results, layers, signal }: WriteRequest, index: number): Promise<Tree> {
  const entries = [];
  for (const layer of results[index]?.layers ?? []) entries.push(await layers.entries(layer, signal));
  return layeredTree(entries);
}

/** A package URL of the image under one of its names. */
function subjectOf({ manifest, platform }: Image, name: ImageReference): Subject {
  return {
    name: imageUrl("docker", name, platform),
    digest: new Map([["sha256", digestHex(manifest.descriptor.digest)]]),
  };
}
