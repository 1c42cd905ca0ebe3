/** Overlays of the kernel (Documentation/filesystems/overlayfs.rst). */
import type { MountLine } from "../cell/shell-words.ts";

export interface OverlayRequest {
  /** Lowest first; at least one, two for a read-only one. Names in options are kept short, so they may be relative. */
  readonly lowers: readonly string[];
  /** For an overlay that can be written: both on one file system, empty. */
  readonly upper?: { readonly folder: string; readonly work: string };
  readonly target: string;
  /** What this kernel or privilege asks for. */
  readonly options: readonly string[];
}

/** What the layer is made of must be all in it: nothing that refers to lower layers, whatever the kernel's defaults are. */
const plainLayers = ["index=off", "metacopy=off", "redirect_dir=off"];

export function overlayLine({ lowers, upper, target, options }: OverlayRequest): MountLine {
  const folders = [`lowerdir=${lowers.map(escaped).reverse().join(":")}`];
  if (upper !== undefined) {
    folders.push(`upperdir=${escaped(upper.folder)}`, `workdir=${escaped(upper.work)}`);
  }
  const plain = options.includes("userxattr") ? plainLayers.slice(0, 1) : plainLayers;
  return {
    source: "overlay",
    target,
    type: "overlay",
    options: [...folders, ...(upper === undefined ? ["ro"] : plain), ...options],
  };
}

function escaped(path: string): string {
  return path.replace(/[\\:,]/g, "\\$&");
}
