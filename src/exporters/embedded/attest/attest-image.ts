/** What is said of an image beside it: how it was made, what is in it. */
import type { Image } from "../../../oci/assemble-image.ts";
import type { AttestationDocuments } from "../attestation-manifest.ts";
import type { EncodedLayer } from "../encode-layers.ts";
import type { ImageAttributes } from "../image-attributes.ts";
import type { WriteRequest } from "../request.ts";

export interface AttestedImage {
  readonly image: Image;
  /** Among the results of the request. */
  readonly index: number;
  readonly layers: readonly EncodedLayer[];
}

export async function attestImage(
  _request: WriteRequest,
  _attributes: ImageAttributes,
  _of: AttestedImage,
): Promise<AttestationDocuments> {
  return { statements: [] };
}
