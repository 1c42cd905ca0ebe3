/** Chain IDs (OCI image specification, `config.md`): what a layer is on top of those below it. */
import { type Digest, sha256Digest } from "./digest.ts";

/** For each layer, the lowest first, the chain ID of the layers up to it. */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : sha256Digest(`${below} ${diffId}`));
  }
  return chain;
}
