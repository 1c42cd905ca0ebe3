/** What a build may do beyond the ordinary: the values of `--allow` (spec section 25.3). */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";
import { enumerate } from "../../base/text.ts";

export type PlainGrant = "network.host" | "security.insecure" | "ssh" | "buildx.local.delete";

export type Grant =
  | { readonly kind: PlainGrant }
  /** Of all devices without a name. */
  | { readonly kind: "device"; readonly name?: string }
  /** `*` is every path. */
  | { readonly kind: "read" | "write"; readonly path: string }
  /** Accepted for compatibility; nothing asks for it. */
  | { readonly kind: "image" };

const plain: readonly PlainGrant[] = ["network.host", "security.insecure", "ssh", "buildx.local.delete"];
const images: readonly string[] = ["image", "image.push", "image.load"];
const paths: ReadonlyMap<string, readonly ("read" | "write")[]> = new Map([
  ["fs", ["read", "write"]],
  ["fs.read", ["read"]],
  ["fs.write", ["write"]],
]);

/** One `--allow`; `fs=PATH` grants reading and writing, so there may be two. */
export function parseGrant(text: string): Parsed<readonly Grant[]> {
  const equals = text.indexOf("=");
  const key = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? "" : text.slice(equals + 1);
  const accesses = paths.get(key);
  if (accesses !== undefined) {
    if (value === "") return unparsed(`${JSON.stringify(key)} needs a path, as in ${key}=../shared or ${key}=*`);
    return parsed(accesses.map((kind) => ({ kind, path: value })));
  }
  if (key === "device") return parsed([value === "" ? { kind: "device" } : { kind: "device", name: value }]);
  if (images.includes(key)) return parsed([{ kind: "image" }]);
  const kind = plain.find((known) => known === key);
  if (kind === undefined) {
    const known = [...plain, "device", ...paths.keys()];
    const hint = didYouMean(key, known) ?? `known are ${enumerate(known, 12)}`;
    return unparsed(`there is no privilege ${JSON.stringify(key)} (${hint})`);
  }
  return value === "" ? parsed([{ kind }]) : unparsed(`${JSON.stringify(key)} takes no value`);
}

/** The grant as `--allow` is given it. */
export function formatGrant(grant: Grant): string {
  switch (grant.kind) {
    case "read":
    case "write":
      return `fs.${grant.kind}=${grant.path}`;
    case "device":
      return grant.name === undefined ? "device" : `device=${grant.name}`;
    default:
      return grant.kind;
  }
}
