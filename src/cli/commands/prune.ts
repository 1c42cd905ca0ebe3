/** `tsbake prune`: makes the cache of the embedded engine smaller. */
import { cacheFolder, formatSize, type PruneCacheResult, parseSize, pruneCache } from "../../api/cache.ts";
import { stripControl } from "../../base/text.ts";
import { ask } from "../ask.ts";
import { filterFlag, parseFilters } from "../cache/filter.ts";
import { renderUsage } from "../cache/render-usage.ts";
import { cacheBuilderFlag, checkBuilder } from "../cache/which-builder.ts";
import type { Command, Host } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type Flag, type ParsedFlags, UsageError } from "../flag.ts";
import { styleFor } from "../style.ts";

const size = (name: string, description: string, hidden = false): Flag => ({
  name,
  kind: "text",
  placeholder: "SIZE",
  group: "Selecting",
  description,
  hidden,
});

export const pruneCommand: Command = {
  usage: "",
  description:
    "Removes build cache of the embedded engine, what was used longest ago first. What a running build uses stays. " +
    "Builders of docker have caches of their own: docker buildx prune.",
  flags: [
    { name: "all", short: "a", kind: "switch", group: "Selecting", description: "Internal records too" },
    filterFlag,
    size("max-used-space", "Stop when the cache is not larger than this"),
    size("min-free-space", "Stop when so much of the disk is free"),
    size("reserved-space", "Keep this much in any case"),
    size("keep-storage", "The old name of --reserved-space", true),
    cacheBuilderFlag,
    { name: "force", short: "f", kind: "switch", group: "Running", description: "Do not ask" },
    { name: "verbose", kind: "switch", group: "Showing", description: "All that is known of what was removed" },
  ],
  examples: [
    ["tsbake prune", "all that no build is using, after a question"],
    ["tsbake prune --force --filter until=168h", "what nobody has used for a week"],
    ["tsbake prune --force --max-used-space 5GB", "down to 5 GB"],
  ],
  exitCodes:
    "0 done (also when the answer is no), 2 the flags are wrong, 3 the cache cannot be written, 130 interrupted.",
  run: pruneByFlags,
};

async function pruneByFlags(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  if (flags.words.length > 0) throw new UsageError(`prune takes no words, found ${flags.words.join(" ")}`);
  checkBuilder("prune", flags, host);
  const filter = parseFilters(flags.list("filter"));
  const sizes = sizesOf(flags);
  if (!flags.switch("force") && !(await confirm(flags, host))) return exitCode.done;
  const nowMs = Date.now();
  const all = flags.switch("all") === true;
  const result = await pruneCache(
    {
      ...sizes,
      select: (usage) => (all || usage.type !== "internal") && filter(usage, nowMs),
      signal: host.signal,
    },
    host,
  );
  if (result.removed.length > 0) {
    host.stdout.write(renderUsage(result.removed, flags.switch("verbose") ? "pretty" : "table", nowMs));
  }
  host.stdout.write(`Total:\t${formatSize(result.freedBytes)}\n`);
  return tellFailures(result, host);
}

async function tellFailures({ failures }: PruneCacheResult, host: Host): Promise<ExitCode> {
  const style = await styleFor(host.stderr, host.environment);
  for (const { usage, reason } of failures) {
    host.stderr.write(`${style.warning("warning")}: ${stripControl(`${usage.id} stays: ${reason}`)}\n`);
  }
  return failures.length === 0 ? exitCode.done : exitCode.environment;
}

function sizesOf(flags: ParsedFlags): {
  readonly maxUsedBytes?: number;
  readonly minFreeBytes?: number;
  readonly reservedBytes?: number;
} {
  const maxUsedBytes = sizeOf("max-used-space", flags);
  const minFreeBytes = sizeOf("min-free-space", flags);
  const reservedBytes = sizeOf("reserved-space", flags) ?? sizeOf("keep-storage", flags);
  return {
    ...(maxUsedBytes === undefined ? {} : { maxUsedBytes }),
    ...(minFreeBytes === undefined ? {} : { minFreeBytes }),
    ...(reservedBytes === undefined ? {} : { reservedBytes }),
  };
}

function sizeOf(name: string, flags: ParsedFlags): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const parsed = parseSize(text);
  if (!parsed.ok) throw new UsageError(`flag --${name}: ${parsed.message}`);
  return parsed.value;
}

/** Without a terminal nobody can be asked: that is a wrong call, not a no. Rejects with an Interrupted on Ctrl-C. */
async function confirm(flags: ParsedFlags, host: Host): Promise<boolean> {
  if (process.stdin.isTTY !== true || host.stderr.isTTY !== true) {
    throw new UsageError("prune asks before it removes anything, and there is no terminal to ask at", "add --force");
  }
  const isSelected = flags.list("filter").length > 0 || Object.keys(sizesOf(flags)).length > 0;
  const which = isSelected ? "what was selected of" : "all of";
  const also = flags.switch("all") ? ", internal records too" : "";
  const folder = stripControl(cacheFolder(host));
  const question = `This removes ${which} the build cache in ${folder} that no build is using${also}. Go on? [y/N] `;
  return ask(question, { input: process.stdin, output: process.stderr, signal: host.signal });
}
