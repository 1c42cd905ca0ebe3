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

/** `links`: context name to the result it stands for. */
export function linkInputs(links: ReadonlyMap<string, SolvedResult>): LinkInputs {
  const attributes = new Map<string, string>();
  const inputs = new Map<string, Uint8Array>();
  let index = 0;
  for (const [name, result] of links) {
    const input = `${index++}-${name}`;
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
