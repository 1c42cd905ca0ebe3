/** The message BytesMessage without a copy of its bytes; it is one field, so a tag and a length before the data. */
import { BytesMessage } from "../gen/bytes.ts";
import { RpcError } from "./status.ts";

const tag = 0x0a;

/** The message that carries the pieces one after another. */
export function bytesMessagePieces(data: readonly Uint8Array[]): Uint8Array[] {
  let length = 0;
  for (const piece of data) length += piece.length;
  return length === 0 ? [] : [fieldPrefix(tag, length), ...data];
}

/** The data of a message, a view of it. Throws an RpcError for bytes that are no BytesMessage. */
export function bytesOfMessage(message: Uint8Array): Uint8Array {
  try {
    return BytesMessage.decode(message).data;
  } catch (error) {
    throw new RpcError("INTERNAL", "a message of bytes cannot be read", { cause: error });
  }
}

/** The tag of a field and the length of what follows, as a varint. */
export function fieldPrefix(fieldTag: number, length: number): Uint8Array {
  const prefix = [fieldTag];
  let rest = length;
  while (rest > 0x7f) {
    prefix.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  prefix.push(rest);
  return Uint8Array.from(prefix);
}
