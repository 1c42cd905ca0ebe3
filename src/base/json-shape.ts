/** Looking into parsed JSON that somebody else wrote. */

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries whose value is a string. */
export function stringEntries(value: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(value).flatMap(([key, text]): [string, string][] =>
    typeof text === "string" ? [[key, text]] : [],
  );
}

export function stringField(value: unknown, name: string): string | undefined {
  if (!isRecord(value)) return undefined;
  const field = value[name];
  return typeof field === "string" ? field : undefined;
}
