/** CRC-32 as gzip has it: of bytes, and of two pieces put together. */
import * as zlib from "node:zlib";

/** Node has it from 20.15 on; the versions before take our table. */
export const crc32: (bytes: Uint8Array) => number =
  "crc32" in zlib && typeof zlib.crc32 === "function" ? (bytes) => zlib.crc32(bytes) : tableCrc32;

const polynomial = 0xedb88320;

let table: Uint32Array | undefined;

export function tableCrc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The CRC of two pieces one after the other, from theirs and the length of the second. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(powerOfX(secondLength), first) ^ second) >>> 0;
}

/** Product of two polynomials over GF(2), modulo the one of the CRC; the highest coefficient is the lowest bit. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}

/** x to the power of eight times a length. */
function powerOfX(bytes: number): number {
  let result = 0x80000000;
  let square = 0x00800000; // x^8
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(square, result);
    square = multiply(square, square);
  }
  return result;
}
