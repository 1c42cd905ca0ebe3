/** `FROM --platform`. */
import type { Stage } from "../dockerfile.ts";
import type { Expanded } from "../expand.ts";
import { platformParts } from "./platform.ts";
import type { Walk } from "./walk.ts";
import { WalkError } from "./walk-error.ts";

/** Throws a WalkError when it is no platform. */
export function checkStagePlatform(stage: Stage, platform: Expanded, walk: Walk): void {
  const written = stage.platform?.text ?? "";
  tellRedundant(stage, platform, walk);
  const constant = platform.matched.length === 0 && platform.unmatched.length === 0;
  const parts = platformParts(platform.value, platformParts(walk.facts.buildPlatform, undefined));
  if (constant && parts !== undefined) {
    const name = stage.name?.toLowerCase() ?? "";
    const message = `FROM --platform flag should not use constant value ${JSON.stringify(platform.value)}`;
    if (!name.includes(parts.os) && !name.includes(parts.architecture)) {
      walk.findings.add("FromPlatformFlagConstDisallowed", stage, message);
    }
  }
  if (platform.error !== undefined) {
    throw new WalkError(`failed to process arguments for platform ${written}: ${platform.error}`, stage.span);
  }
  if (platform.value === "") throw new WalkError(`empty platform value from expression ${written}`, stage.span);
  if (parts === undefined) throw new WalkError(`failed to parse platform ${written}`, stage.span);
}

function tellRedundant(stage: Stage, { value, matched, unmatched }: Expanded, { globals, findings }: Walk): void {
  const alone = matched.length === 1 && matched[0] === "TARGETPLATFORM" && unmatched.length === 0;
  if (!alone || value !== globals.values.get("TARGETPLATFORM")) return;
  findings.add(
    "RedundantTargetPlatform",
    stage,
    `Setting platform to predefined ${stage.platform?.text} in FROM is redundant as this is the default behavior`,
  );
}
