/** The manifest that attaches attestations to an image of an index (Docker's attestation storage, as BuildKit lays it out). */
import type { Image } from "../../oci/assemble-image.ts";
import { type Blob, documentBlob } from "../../oci/blob.ts";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import { renderManifest } from "../../oci/image-json.ts";
import { type JsonTree, renderJson } from "../../oci/json-text.ts";

/** What is said of one image. */
export interface AttestationDocuments {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly predicateType: string;
  readonly predicate: JsonTree;
  readonly subject: readonly Subject[];
}

export interface Subject {
  /** A package URL, or the path of a file. */
  readonly name: string;
  readonly digest: ReadonlyMap<string, string>;
}

const inToto = "application/vnd.in-toto+json";
const artifactType = "application/vnd.docker.attestation.manifest.v1+json";
const unknownPlatform = { architecture: "unknown", os: "unknown" } as const;

/** The blobs, the manifest last: its descriptor is how the index lists it. */
export function attestationManifest(
  image: Image,
  { statements }: AttestationDocuments,
  { ociArtifact }: { readonly ociArtifact: boolean },
): readonly Blob[] {
  const layers = statements.map((statement): Blob => {
    const blob = documentBlob(inToto, renderStatement(statement));
    const annotations = { "in-toto.io/predicate-type": statement.predicateType };
    return { ...blob, descriptor: { ...blob.descriptor, annotations } };
  });
  const config = ociArtifact ? emptyConfig() : unknownConfig(layers);
  const { platform: _, ...subject } = image.manifest.descriptor;
  const manifest = documentBlob(
    mediaTypes.ociManifest,
    renderManifest({
      mediaType: mediaTypes.ociManifest,
      ...(ociArtifact ? { artifactType, subject } : {}),
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  );
  const descriptor: Descriptor = {
    ...manifest.descriptor,
    annotations: {
      "vnd.docker.reference.digest": image.manifest.descriptor.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: unknownPlatform,
  };
  return [...layers, config, { ...manifest, descriptor }];
}

/** An in-toto statement on one line, or indented for people. */
export function renderStatement({ predicateType, subject, predicate }: Statement, indent = 0): string {
  return renderJson(
    {
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType,
      subject: subject.map(({ name, digest }) => ({ name, digest })),
      predicate,
    },
    indent,
  );
}

function emptyConfig(): Blob {
  const blob = documentBlob(mediaTypes.ociEmpty, "{}");
  return { ...blob, descriptor: { ...blob.descriptor, data: "e30=" } };
}

/** Before artifacts, a configuration that fits no machine kept attestations from being run. */
function unknownConfig(layers: readonly Blob[]): Blob {
  const rootfs = { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) };
  return documentBlob(mediaTypes.ociConfig, renderJson({ ...unknownPlatform, config: {}, rootfs }));
}
