/** What is around deflated data in a gzip member (RFC 1952), the same on every system. */

/** No name, no time, unknown system: as Go writes it. */
export const gzipHead: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

export function gzipTail(crc: number, length: number): Uint8Array {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc, 0);
  tail.writeUInt32LE(length % 2 ** 32, 4);
  return tail;
}
