/** Modules that cost milliseconds to load and that few build files need: loaded by the first call of a function that does. */
import { createRequire } from "node:module";

export function loadCrypto(): typeof import("node:crypto") {
  return loader()("node:crypto");
}

export function loadBcrypt(): typeof import("bcryptjs") {
  return loader()("bcryptjs");
}

function loader(): NodeJS.Require {
  return createRequire(import.meta.url);
}
