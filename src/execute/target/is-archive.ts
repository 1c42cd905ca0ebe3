/** Tells archives by how they begin. */

const beginnings: readonly (readonly number[])[] = [
  // bzip2, gzip, xz, zstd
  [0x42, 0x5a, 0x68],
  [0x1f, 0x8b, 0x08],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
];
const tarMagicOffset = 257;
const tarSumOffset = 148;
const headerBytes = 512;

/** True for a tar, plain or compressed, of which `header` is the beginning (at least its first 512 bytes). */
export function isArchive(header: Uint8Array): boolean {
  if (beginnings.some((bytes) => bytes.every((byte, index) => header[index] === byte))) return true;
  return (
    Buffer.from(header.subarray(tarMagicOffset, tarMagicOffset + 5)).toString("latin1") === "ustar" || isOldTar(header)
  );
}

/** From before there was a magic number: the sum of a header is in it, and counts as spaces itself. */
function isOldTar(start: Uint8Array): boolean {
  if (start.length < headerBytes) return false;
  const header = Buffer.from(start.subarray(0, headerBytes));
  const sum = Number.parseInt(header.toString("latin1", tarSumOffset, tarSumOffset + 8).trim(), 8);
  header.fill(" ", tarSumOffset, tarSumOffset + 8);
  return sum === header.reduce((total, byte) => total + byte, 0);
}
