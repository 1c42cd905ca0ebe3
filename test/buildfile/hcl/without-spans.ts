/** A syntax tree without its places, for comparing. */
export function withoutSpans(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (/^span$|Span$/.test(key) ? undefined : value)));
}
