/** Bringing formatted text to its width. */
import { countClusters } from "../text/clusters.ts";
import type { Verb } from "./verb.ts";

/** Fills up to the width, with zeros where the verb says so. */
export function padText(text: string, { width, flags }: Verb): string {
  const missing = width === 0 ? 0 : width - countClusters(text);
  if (missing <= 0) return text;
  const filling = (flags.zeros ? "0" : " ").repeat(missing);
  return flags.left ? text + filling : filling + text;
}

/** As for numbers: zeros go between sign and digits, and never to the right. */
export function padNumber(sign: string, digits: string, verb: Verb & { readonly zeros: boolean }): string {
  const missing = Math.max(0, verb.width - sign.length - digits.length);
  if (verb.flags.left) return sign + digits + " ".repeat(missing);
  return verb.zeros ? sign + "0".repeat(missing) + digits : " ".repeat(missing) + sign + digits;
}

export function signFor(negative: boolean, { flags }: Verb): string {
  if (negative) return "-";
  return flags.plus ? "+" : flags.space ? " " : "";
}
