/** What is read of compose files: services and secrets, with the place of each name. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Source } from "../../../base/span.ts";
import type { ComposeNode, MapEntry } from "../node.ts";
import { mergePlain, mergeService } from "./merge.ts";

export interface ComposeModel {
  readonly services: ReadonlyMap<string, MapEntry>;
  readonly secrets: ReadonlyMap<string, MapEntry>;
}

export const emptyModel: ComposeModel = { services: new Map(), secrets: new Map() };

/** Relative paths of a file start from a folder, which is seen from the working folder; that of the files given is empty. */
export type Folders = Map<Source, string>;

/** Lays a later model over an earlier one. */
export function mergeModels(base: ComposeModel, over: ComposeModel, report: DiagnosticList): ComposeModel {
  return {
    services: mergeEntries(base.services, over.services, (a, b) => mergeService(a, b, report)),
    secrets: mergeEntries(base.secrets, over.secrets, (a, b) => mergePlain(a, b, report)),
  };
}

function mergeEntries(
  base: ReadonlyMap<string, MapEntry>,
  over: ReadonlyMap<string, MapEntry>,
  merge: (base: ComposeNode, over: ComposeNode) => ComposeNode,
): ReadonlyMap<string, MapEntry> {
  if (base.size === 0) return over;
  const merged = new Map(base);
  for (const [name, { key, value }] of over) {
    const earlier = merged.get(name);
    merged.set(name, earlier === undefined ? { key, value } : { key, value: merge(earlier.value, value) });
  }
  return merged;
}
