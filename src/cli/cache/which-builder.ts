/** Whose cache is meant. */
import type { Host } from "../command.ts";
import { type Flag, type ParsedFlags, UsageError } from "../flag.ts";

export const cacheBuilderFlag: Flag = {
  name: "builder",
  kind: "text",
  placeholder: "NAME",
  group: "Selecting",
  description: "Whose cache: embedded, which is also meant without it",
};

/** Only the embedded engine's cache is ours to look into. Throws a UsageError that names who can look into another. */
export function checkBuilder(command: "du" | "prune", flags: ParsedFlags, { environment }: Host): void {
  const named = flags.text("builder") ?? (environment.TSBAKE_BUILDER || environment.BUILDX_BUILDER || "embedded");
  if (named === "embedded") return;
  throw new UsageError(
    `tsbake ${command} is for the cache of the embedded engine; builder ${named} keeps its own`,
    `docker buildx ${command} --builder ${named}, or tsbake ${command} --builder embedded`,
  );
}
