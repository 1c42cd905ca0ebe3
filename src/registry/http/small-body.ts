/** Answers that are read whole: manifests, tokens, errors. */

import type { HttpAnswer } from "./http-client.ts";
import { HttpError } from "./http-error.ts";

/** Rejects with what `tooLarge` makes for more than `most` bytes, of which no more are read; otherwise as the body does. */
export async function readSmallBody(
  { body, discard, headers }: HttpAnswer,
  most: number,
  tooLarge: (most: number) => Error = defaultTooLarge,
): Promise<Buffer> {
  if (Number(headers["content-length"] ?? 0) > most) {
    discard();
    throw tooLarge(most);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The answer, given up at the same length; for what says why something was refused. Never throws but for the signal. */
export async function readReason(answer: HttpAnswer, signal?: AbortSignal): Promise<string> {
  try {
    return (await readSmallBody(answer, 64 << 10)).toString("utf8");
  } catch {
    signal?.throwIfAborted();
    return "";
  }
}

function defaultTooLarge(most: number): HttpError {
  return new HttpError(
    `the answer is too large (more than ${most < 1 << 20 ? `${most >> 10} KiB` : `${most >> 20} MiB`})`,
  );
}
