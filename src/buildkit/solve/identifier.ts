/** Names for builds and sessions, in the form the daemon's own client gives them. */
import { randomBytes } from "node:crypto";

const length = 25;

/** 25 characters of base 36, beginning with a letter or digit by chance; 128 random bits. */
export function randomIdentifier(): string {
  return BigInt(`0x${randomBytes(16).toString("hex")}`)
    .toString(36)
    .padStart(length, "0");
}
