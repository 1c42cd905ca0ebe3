/** `tsbake du`: what the cache of the embedded engine holds. */
import { cacheFolder, cacheUsage } from "../../api/cache.ts";
import { filterFlag, parseFilters } from "../cache/filter.ts";
import { renderTotals, renderUsage, type UsageFormat } from "../cache/render-usage.ts";
import { cacheBuilderFlag, checkBuilder } from "../cache/which-builder.ts";
import type { Command, Host } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";

export const duCommand: Command = {
  usage: "",
  description:
    "Shows what the build cache of the embedded engine holds, what was used longest ago first, and how much of it could go. " +
    "Builders of docker have caches of their own: docker buildx du.",
  flags: [
    filterFlag,
    cacheBuilderFlag,
    {
      name: "format",
      kind: "text",
      choices: ["table", "pretty", "json"],
      placeholder: "FORMAT",
      group: "Showing",
      description: "table, pretty (all that is known), or json, one object a line",
    },
    { name: "verbose", kind: "switch", group: "Showing", description: "The same as --format pretty" },
  ],
  examples: [
    ["tsbake du", "what there is, and how much it takes"],
    ["tsbake du --filter until=168h", "what nobody has used for a week"],
    ["tsbake du --filter type=exec.cachemount --verbose", "all about the cache mounts"],
  ],
  exitCodes: "0 done, 2 the flags are wrong, 3 the cache cannot be read.",
  run: showUsage,
};

async function showUsage(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  if (flags.words.length > 0) throw new UsageError(`du takes no words, found ${flags.words.join(" ")}`);
  checkBuilder("du", flags, host);
  const filter = parseFilters(flags.list("filter"));
  const format = formatOf(flags);
  const nowMs = Date.now();
  const usages = (await cacheUsage(host)).filter((usage) => filter(usage, nowMs));
  host.stdout.write(renderUsage(usages, format, nowMs));
  if (format === "json") return exitCode.done;
  host.stdout.write(renderTotals(usages));
  if (host.stdout.isTTY) host.stderr.write(`the cache is in ${cacheFolder(host)}\n`);
  return exitCode.done;
}

function formatOf(flags: ParsedFlags): UsageFormat {
  const named = flags.text("format");
  if (named === "pretty" || named === "json") return named;
  return flags.switch("verbose") && named === undefined ? "pretty" : "table";
}
