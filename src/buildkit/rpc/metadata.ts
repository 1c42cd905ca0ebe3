/**
 * Metadata of calls. A key may come several times and its values must stay apart: joined with ", ", as most HTTP/2
 * libraries do, they cannot be told from a value that holds a comma.
 */

/** Keys in lower case, values in the order they came. */
export type Metadata = ReadonlyMap<string, readonly string[]>;

/** The first value of a key. */
export function metadataValue(metadata: Metadata, key: string): string | undefined {
  return metadata.get(key)?.[0];
}

/** Reads `[name, value, name, value, …]` as HTTP/2 delivers it; pseudo-headers are left out. */
export function metadataFromRaw(rawHeaders: readonly string[]): Metadata {
  const metadata = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.startsWith(":")) continue;
    const values = metadata.get(name);
    if (values === undefined) metadata.set(name, [rawHeaders[i + 1] ?? ""]);
    else values.push(rawHeaders[i + 1] ?? "");
  }
  return metadata;
}

/** Headers of a request; a key with several values becomes several fields. */
export function metadataToHeaders(metadata: Metadata): Record<string, string[]> {
  return Object.fromEntries([...metadata].map(([key, values]) => [key, values.map(printable)]));
}

/** Header values are printable ASCII: everything else is percent-encoded byte by byte. */
function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]+/gu, (text) =>
    Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
