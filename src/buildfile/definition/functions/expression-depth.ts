/** How deep an expression is nested. */
import type { Expression } from "../../hcl/syntax.ts";

/** Counts every level of its syntax tree; at least as many as evaluation needs calls. Does not recurse itself. */
export function expressionDepth(expression: Expression): number {
  let deepest = 0;
  const open: { readonly node: object; readonly depth: number }[] = [{ node: expression, depth: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    deepest = Math.max(deepest, depth);
    for (const [key, child] of Object.entries(node)) {
      if (typeof child !== "object" || child === null || /span$/i.test(key)) continue;
      // A list of items is no level of its own.
      open.push({ node: child, depth: Array.isArray(child) ? depth : depth + 1 });
    }
  }
  return deepest;
}
