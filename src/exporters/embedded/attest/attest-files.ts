/** What is said of files that are exported without an image: statements as files of their own. */
import type { Tree } from "../../../engine/tree/tree.ts";
import type { WriteRequest } from "../request.ts";

/** File name to text; for one of the results. */
export async function attestFiles(
  _request: WriteRequest,
  _index: number,
  _tree: Tree,
): Promise<ReadonlyMap<string, string>> {
  return new Map();
}
