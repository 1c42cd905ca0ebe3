/** Takes out of a result what differs between two runs of one and the same program. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Values that are drawn anew by each run, wherever they stand. */
const drawn = new Set(["invocationId", "buildInvocationID", "buildx.build.ref"]);

/** Says which layers the cache had in which form: after the first program it has more. */
const growing = "layers";

/** What later releases of bake say of named folders, as we do: which of the daemon's copies a folder may be compared with. */
const laterKey = "sharedkey:localdir:";

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>"],
  [/sha256:[0-9a-f]{64}/g, "<digest>"],
  // The name that a session gives to a layout.
  [/^oci-layout:\/\/[0-9a-z]{25}:/, "oci-layout://<drawn>:"],
];

/** Without times and what was drawn at random; without digests and sizes too, which follow from times where both programs did the work. */
export function mask(value: Json | undefined): Json {
  if (value === undefined) return null;
  if (typeof value === "string") return patterns.reduce((text, [from, to]) => text.replace(from, to), value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(mask);
  const members = Object.entries(value).filter(([key]) => !key.startsWith(laterKey));
  return Object.fromEntries(members.map(([key, item]) => [key, maskMember(key, item)]));
}

function maskMember(key: string, value: Json): Json {
  if (key === "size") return "<size>";
  if (drawn.has(key) || key.startsWith("local-sessionid:")) return typeof value === "string" ? "<drawn>" : mask(value);
  // In Go the order of a map's entries is drawn, too.
  if (key === "add-hosts" && typeof value === "string") return value.split(",").sort().join();
  // Steps by the digests of their definitions, in which sessions are named.
  if (key === "digestMapping" && isRecord(value)) return Object.values(value).map(mask).sort();
  if (key.endsWith("#metadata") && isRecord(value)) {
    return mask(Object.fromEntries(Object.entries(value).filter(([name]) => name !== growing)));
  }
  return mask(value);
}

/** Our metadata without the provenance of single platforms where bake 0.29 overlooks it: it does when the record has an image index, too. */
export function withoutMore(ours: Json | undefined, theirs: Json | undefined): Json | undefined {
  if (!isRecord(ours) || !isRecord(theirs)) return ours;
  return Object.fromEntries(
    Object.entries(ours).filter(([key]) => key in theirs || !key.startsWith("buildx.build.provenance/")),
  );
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parsed JSON, of which nothing is known but that. */
export function parseJson(text: string | Uint8Array): Json {
  return JSON.parse(typeof text === "string" ? text : Buffer.from(text).toString());
}
