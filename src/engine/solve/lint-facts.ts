/** What the linter is told of a target. */
import type { LintFacts } from "../../dockerfile/lint/lint.ts";
import type { ImageFacts } from "../../dockerfile/walk/facts.ts";
import type { ContainerConfig } from "../../oci/image-config.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { splitVariable } from "../../oci/variable.ts";
import type { Target } from "../../plan/plan.ts";
import type { TargetSettings } from "./target-settings.ts";

export function lintFacts(target: Target, { buildArguments, buildPlatform, platforms }: TargetSettings): LintFacts {
  return {
    buildArguments,
    buildPlatform: formatPlatform(buildPlatform),
    targetPlatform: formatPlatform(platforms[0] ?? buildPlatform),
    ...(target.stage === undefined ? {} : { target: target.stage }),
    contexts: new Set(target.contexts.keys()),
  };
}

/** What an image means to the instructions that follow. */
export function imageFacts({ Env = [], Shell, OnBuild = [] }: ContainerConfig): ImageFacts {
  return {
    environment: Env.map(splitVariable),
    hasShell: Shell !== undefined,
    triggers: OnBuild,
  };
}
