/** How well a node does a platform. */
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import type { NodeCapabilities } from "./ports.ts";

/** 0: by itself, or by the word of who set it up. 1: somehow, by emulation perhaps. 2: nothing is known of it. */
export type Fit = 0 | 1 | 2;

/** `platform` is normalised. */
export function fitOf({ platforms, preferred = platforms }: NodeCapabilities, platform: string): Fit {
  if (preferred.includes(platform)) return 0;
  return platforms.includes(platform) ? 1 : 2;
}

/** Normalised, as nodes name theirs; what any node has (`local`) or what is no platform does not speak for one of them. */
export function namedPlatforms(texts: readonly string[]): readonly string[] {
  const host = { os: "linux", architecture: "amd64" };
  return texts
    .flatMap((text) => text.split(","))
    .filter((text) => text.trim() !== "local")
    .flatMap((text) => {
      const platform = parsePlatform(text.trim(), host);
      return platform.ok ? [formatPlatform(platform.value)] : [];
    });
}
