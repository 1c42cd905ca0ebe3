/** Feeds the result of one build into another as a named context, without exporting it. */
import type { SolvedRef, SolvedResult } from "./gateway.ts";

export interface LinkInputs {
  readonly attributes: ReadonlyMap<string, string>;
  /** The definitions to hand to the frontend, by name. */
  readonly inputs: ReadonlyMap<string, Uint8Array>;
}

const configKey = "containerimage.config";
/** The frontend knows it; a definition without content it would refuse. */
const scratch = "docker-image://scratch";

/** A target that was built for another. */
export interface LinkedTarget {
  readonly target: string;
  readonly result: SolvedResult;
}

/**
 * `links`: context name to what it stands for. Inputs are named as bake names them, after the targets (the number is that of a node among
 * those of a builder): provenance tells the names, and two contexts of one target are one input.
 */
export function linkInputs(links: ReadonlyMap<string, LinkedTarget>): LinkInputs {
  const attributes = new Map<string, string>();
  const inputs = new Map<string, Uint8Array>();
  for (const [name, { target, result }] of links) {
    const input = `0-${target}`;
    for (const [platform, ref] of refsOf(result)) {
      const suffix = platform === "" ? "" : `::${platform}`;
      const empty = ref.id === "" || ref.definition.length === 0;
      attributes.set(`context:${name}${suffix}`, empty ? scratch : `input:${input}${suffix}`);
      if (empty) continue;
      inputs.set(`${input}${suffix}`, ref.definition);
      const config = result.metadata.get(platform === "" ? configKey : `${configKey}/${platform}`);
      if (config !== undefined) attributes.set(`input-metadata:${input}${suffix}`, metadataJson(config));
    }
  }
  return { attributes, inputs };
}

/** A result without any ref is an empty file system. */
function refsOf(result: SolvedResult): ReadonlyMap<string, SolvedRef> {
  return result.refs.size > 0 ? result.refs : new Map([["", { id: "", definition: new Uint8Array() }]]);
}

function metadataJson(config: Uint8Array): string {
  return JSON.stringify({ [configKey]: Buffer.from(config).toString("base64") });
}
