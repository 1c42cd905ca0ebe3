/** A guess from a glance, for files whose name does not tell. Loads nothing. */

const blockKey = /^(?:services|secrets|"services"|"secrets"|'services'|'secrets')[ \t]*:(?:[ \t\r\n]|$)/m;
const flowKey = /^[\s\ufeff]*\{[\s\S]*["']?(?:services|secrets)["']?[ \t]*:/;

/** True for a text that may be an object with `services` or `secrets` at its top. */
export function looksLikeCompose(text: string): boolean {
  return blockKey.test(text) || flowKey.test(text);
}
