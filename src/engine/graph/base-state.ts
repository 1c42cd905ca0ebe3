/** What a stage begins with when it does not begin with nothing. */
import type { ContainerConfig } from "../../oci/image-config.ts";
import { splitVariable } from "../../oci/variable.ts";
import type { StageResult } from "../result.ts";
import type { ResolvedImage } from "../source/sources.ts";
import { defaultPath, type StageState, withVariables } from "./stage-state.ts";
import { identify } from "./step.ts";

/** An image as it was published. */
export function imageState(image: ResolvedImage): StageState {
  const { config, layers, name, digest, platform } = image;
  return {
    ...startOf(config.config),
    platform,
    ...(layers.length === 0
      ? {}
      : { top: { kind: "base", id: identify({ kind: "base", digest }), name, layers, ignoreCache: false } }),
    history: config.history ?? [],
    ...(config.author === undefined ? {} : { author: config.author }),
  };
}

/** The result of a linked target; `id` tells it from others. */
export function resultState(result: StageResult, id: string): StageState {
  const { config, layers, platform, history, author } = result;
  return {
    ...startOf(config),
    platform,
    ...(layers.length === 0 ? {} : { top: { kind: "base", id, name: "", layers, ignoreCache: false } }),
    history,
    ...(author === undefined ? {} : { author }),
  };
}

/** A stage that others build on: its arguments stay, but what ENV says goes before them again. */
export function inherited(state: StageState): StageState {
  return withVariables(state, (state.config.Env ?? []).map(splitVariable));
}

function startOf(
  config: ContainerConfig,
): Pick<StageState, "config" | "variables" | "declared" | "commandGiven" | "stepsNamed"> {
  const given = (config.Env ?? []).map(splitVariable);
  const variables = new Map(given);
  const path = variables.has("PATH") ? [] : [`PATH=${defaultPath}`];
  if (path.length > 0) variables.set("PATH", defaultPath);
  return {
    config: { ...config, Env: [...(config.Env ?? []), ...path] },
    variables,
    declared: new Map(),
    commandGiven: false,
    stepsNamed: 0,
  };
}
