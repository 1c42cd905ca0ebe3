/** The addresses that may stand before the names of targets: `tsbake build URL [URL2] NAMES…` (spec section 25.1). */
import { isRemoteContext } from "../buildfile/attributes/context.ts";

export interface Addressed {
  /** Where the build files are read. */
  readonly definition?: string;
  /** What they find in `BAKE_CMD_CONTEXT`. */
  readonly commandContext?: string;
  readonly names: readonly string[];
}

export function splitAddresses(words: readonly string[]): Addressed {
  const [definition, commandContext] = words;
  if (definition === undefined || !isRemoteContext(definition)) return { names: words };
  if (commandContext === undefined || !isRemoteContext(commandContext)) return { definition, names: words.slice(1) };
  return { definition, commandContext, names: words.slice(2) };
}
