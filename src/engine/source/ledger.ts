/** What a run brought in from elsewhere and what it turned out to be, kept for provenance. */
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { ResolvedImage, Sources } from "./sources.ts";

export class SourceLedger {
  readonly #images = new Map<string, ResolvedImage>();
  readonly #files = new Map<string, string>();
  readonly #commits = new Map<string, string>();

  /** The same sources; what they give is noted. */
  follow(sources: Sources): Sources {
    return {
      ...sources,
      image: async (request, signal) => {
        const image = await sources.image(request, signal);
        this.#images.set(imageKey(request.reference, request.platform), image);
        return image;
      },
      http: async (request, signal) => {
        const file = await sources.http(request, signal);
        this.#files.set(fileKey(request), file.sha256);
        return file;
      },
      git: async (request, signal) => {
        const checkout = await sources.git(request, signal);
        this.#commits.set(request.address, checkout.commit);
        return checkout;
      },
    };
  }

  /** All of these are undefined for what nobody has asked for. */
  image(reference: string, platform: Platform): ResolvedImage | undefined {
    return this.#images.get(imageKey(reference, platform));
  }

  /** SHA-256, hexadecimal. Who names a checksum may be given what an address held before. */
  file(request: WantedFile): string | undefined {
    return this.#files.get(fileKey(request));
  }

  commit(address: string): string | undefined {
    return this.#commits.get(address);
  }
}

interface WantedFile {
  readonly url: string;
  readonly checksum?: string | undefined;
}

function fileKey({ url, checksum }: WantedFile): string {
  return JSON.stringify([url, checksum]);
}

function imageKey(reference: string, platform: Platform): string {
  return `${formatPlatform(platform)} ${reference}`;
}
