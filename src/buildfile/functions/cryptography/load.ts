/** Modules that cost milliseconds to load and that few build files need: loaded by the first call of a function that does. */
import { createRequire } from "node:module";

const load: NodeJS.Require = createRequire(import.meta.url);

export function loadCrypto(): typeof import("node:crypto") {
  return load("node:crypto");
}

export function loadBcrypt(): typeof import("bcryptjs") {
  return load("bcryptjs");
}
