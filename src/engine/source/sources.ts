/** What a build brings in from elsewhere: images, files by address, repositories. */
import type { Digest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Layer } from "../layer/layer.ts";
import type { Tree } from "../tree/tree.ts";

export interface ResolvedImage {
  /** In full, with its digest, for people and provenance. */
  readonly name: string;
  /** Of the manifest of the platform. */
  readonly digest: Digest;
  readonly platform: Platform;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

export interface HttpFile {
  /** Absolute, in the store, immutable. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  /** From the address or Content-Disposition; `__unnamed__` when there is none. */
  readonly name: string;
  /** Last-Modified, whole seconds; 0 when the server does not say. */
  readonly seconds: number;
}

export interface GitCheckout {
  /** Full. */
  readonly commit: string;
  /** Of the commit's files below the sub-folder, `.git` only when asked for; owners 0:0, modes 0644 and 0755. */
  readonly tree: Tree;
}

/** Opened once a node; each thing is fetched once a run. All reject with a TsbakeError when it cannot be had. */
export interface Sources {
  readonly image: (request: ImageRequest, signal: AbortSignal) => Promise<ResolvedImage>;
  /** An image of a folder in OCI layout (absolute), by tag or digest; without either, its only one. */
  readonly layout: (request: LayoutRequest, signal: AbortSignal) => Promise<ResolvedImage>;
  readonly http: (request: HttpRequest, signal: AbortSignal) => Promise<HttpFile>;
  readonly git: (request: GitRequest, signal: AbortSignal) => Promise<GitCheckout>;
  readonly close: () => Promise<void>;
}

export interface ImageRequest {
  /** As written. */
  readonly reference: string;
  readonly platform: Platform;
  /** Ask the registry even when the image is known. Default: a tag is asked for, a digest is not. */
  readonly pull?: boolean;
  readonly onProgress?: (progress: SourceProgress) => void;
}

export interface LayoutRequest {
  readonly folder: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly platform: Platform;
}

export interface HttpRequest {
  readonly url: string;
  /** What it must be. */
  readonly checksum?: Digest;
  readonly onProgress?: (progress: SourceProgress) => void;
}

export interface GitRequest {
  /** `https://…/repo.git#ref:folder`, `git@host:repo`, with query parameters as BuildKit has them. */
  readonly address: string;
  readonly keepGitDir: boolean;
  readonly checksum?: string;
  /** Agents for ssh. */
  readonly sshSocket?: string;
  /** Tells builds apart that are let in differently: none is given what only another may see. */
  readonly grant?: string;
  /** Secrets of the build by id: `GIT_AUTH_TOKEN`, `GIT_AUTH_HEADER`, and with `.HOST` behind them. Undefined: not given. */
  readonly secret?: (id: string) => Promise<string | undefined>;
}

export interface SourceProgress {
  readonly id: string;
  readonly current: number;
  readonly total: number;
}
