/** Why commands for a platform cannot be run here. */
import { formatPlatform, normalisePlatform, type Platform } from "../../oci/platform.ts";

export interface Obstacle {
  readonly message: string;
  /** A way out. */
  readonly hint: string;
}

export interface Findings {
  /** What stands in the way of every command. */
  readonly obstacle: Obstacle | undefined;
  readonly platforms: readonly Platform[];
}

export function obstacleOf({ obstacle, platforms }: Findings, platform: Platform): Obstacle | undefined {
  if (obstacle !== undefined) return obstacle;
  const wanted = formatPlatform(normalisePlatform(platform));
  if (platforms.some((each) => formatPlatform(each) === wanted)) return undefined;
  return {
    message: `commands for ${wanted} cannot be run on this machine, which runs ${platforms.map(formatPlatform).join(", ")}`,
    hint:
      platform.os === "linux"
        ? `install an emulator: apt-get install qemu-user-static, or docker run --privileged --rm tonistiigi/binfmt --install ${platform.architecture}`
        : "commands are run for linux only: see whether the platform is right, or leave RUN to a stage FROM --platform=$BUILDPLATFORM",
  };
}
