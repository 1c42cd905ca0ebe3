/** A part of content that somebody else reads. */
import { TsbakeError } from "../../base/errors.ts";

/** The first `size` bytes; throws a TsbakeError when there are fewer. */
export async function* sliceContent(
  content: AsyncIterable<Uint8Array>,
  size: number,
  thing: string,
): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of content) {
    if (left === 0) return;
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= part.length;
    yield part;
  }
  if (left === 0) return;
  throw new TsbakeError("registry/content-changed", `the content of ${thing} ends ${left} bytes too early`, {
    hint: "It was changed while it was pushed: build again, or prune what is kept of earlier builds.",
  });
}
