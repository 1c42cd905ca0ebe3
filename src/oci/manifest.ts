/** Manifests and indexes as plain data (OCI image specification, `manifest.md` and `image-index.md`). */
import type { Descriptor } from "./descriptor.ts";

export interface Manifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  /** null in an image without layers, as BuildKit has it. */
  readonly layers: readonly Descriptor[] | null;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageIndex {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}
