/** `tsbake history`: what a daemon remembers of the builds it has done. */
import { type HistoryOptions, type PastBuild, type PastBuilds, withHistory } from "../../api/history.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { Command, Host } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { type ParsedFlags, UsageError } from "../flag.ts";
import { styleFor } from "../style.ts";

export const historyCommand: Command = {
  usage: "ls | inspect [REF] | inspect attachment [REF] [DIGEST] | logs [REF] | rm REF...",
  description:
    "Shows what the builder remembers of past builds: the list of them, all about one, what a build wrote into its log. REF is a build's\nid, alone or as builder/node/id; ^N is the N-th build before the newest; without it, the newest is meant.",
  flags: [
    {
      name: "filter",
      kind: "list",
      placeholder: "FILTER",
      group: "Selecting",
      description:
        "ls: status=error, name=…, ref=…, repository=…, startedAt>24h, completedAt<1h, duration>1m; all of several",
    },
    { name: "all", kind: "switch", group: "Selecting", description: "rm: every record" },
    {
      name: "type",
      kind: "text",
      placeholder: "TYPE",
      group: "Selecting",
      description: "attachment: provenance, index, …",
    },
    {
      name: "platform",
      kind: "text",
      placeholder: "PLATFORM",
      group: "Selecting",
      description: "attachment: of this one",
    },
    { name: "builder", kind: "text", placeholder: "NAME", group: "Selecting", description: "Whose history" },
    {
      name: "format",
      kind: "text",
      choices: ["table", "pretty", "json"],
      placeholder: "FORMAT",
      group: "Showing",
      description: "table (ls), pretty (inspect), or json",
    },
    { name: "no-trunc", kind: "switch", group: "Showing", description: "ls: whole names" },
    {
      name: "progress",
      kind: "text",
      choices: ["plain", "rawjson", "tty"],
      placeholder: "KIND",
      group: "Showing",
      description: "logs: how they are shown",
    },
    { name: "debug", short: "D", kind: "switch", group: "Showing", description: "The causes of errors, too" },
  ],
  examples: [
    ["tsbake history ls --filter status=error", "what went wrong lately"],
    ["tsbake history inspect", "all about the newest build"],
    ["tsbake history logs ^1", "what the one before it wrote"],
    ["tsbake history inspect attachment --type provenance", "how the newest image came about"],
  ],
  exitCodes: "0 done, 2 the flags are wrong, 3 there is no such record, or no daemon that keeps any, 130 interrupted.",
  run: runHistory,
};

interface Call {
  readonly words: readonly string[];
  readonly flags: ParsedFlags;
  readonly host: Host;
  readonly past: PastBuilds;
}

const actions: ReadonlyMap<string, (call: Call) => Promise<ExitCode>> = new Map([
  ["ls", listBuilds],
  ["inspect", inspectBuild],
  ["logs", showLog],
  ["rm", removeBuilds],
]);

async function runHistory(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const [word, ...words] = flags.words;
  const action = word === undefined ? undefined : actions.get(word);
  if (action === undefined) throw unknownAction(word);
  const refuse = wrongWords(word, words, flags);
  if (refuse !== undefined) throw refuse;
  const builder = flags.text("builder");
  const options: HistoryOptions = {
    environment: host.environment,
    workingFolder: host.workingFolder,
    signal: host.signal,
    ...(builder ? { builder } : {}),
  };
  return withHistory(options, (past) => action({ words, flags, host, past }));
}

async function listBuilds({ flags, host, past }: Call): Promise<ExitCode> {
  const [{ parseFilters }, { renderRecords }] = await Promise.all([
    import("../history/filter.ts"),
    import("../history/render-records.ts"),
  ]);
  const filter = parseFilters(flags.list("filter"));
  const nowMs = Date.now();
  const builds = (await past.list()).filter(({ record }) => filter(record, nowMs));
  const kind = flags.text("format") === "json" ? "json" : "table";
  host.stdout.write(renderRecords(builds, { kind, nowMs, whole: flags.switch("no-trunc") === true }));
  return exitCode.done;
}

async function inspectBuild({ words, flags, host, past }: Call): Promise<ExitCode> {
  if (words[0] === "attachment") return showAttachment(words.slice(1), { flags, host, past });
  const { record, history } = await past.find(words[0]);
  const failure = record.error === undefined ? undefined : await history.failure(record.ref, host.signal);
  const { renderInspection, renderInspectionJson } = await import("../history/render-inspection.ts");
  const inspection = { record, failure, nowMs: Date.now() };
  host.stdout.write(
    flags.text("format") === "json"
      ? renderInspectionJson(inspection)
      : renderInspection(inspection, await styleFor(host.stdout, host.environment)),
  );
  return exitCode.done;
}

async function showAttachment(
  words: readonly string[],
  { flags, host, past }: Pick<Call, "flags" | "host" | "past">,
): Promise<ExitCode> {
  const digest = words.find((word) => word.startsWith("sha256:"));
  const { record, history } = await past.find(words.find((word) => word !== digest));
  const type = flags.text("type");
  const platform = flags.text("platform");
  const found = record.attachments.find(
    (one) =>
      (digest === undefined || one.digest === digest) &&
      (type === undefined ||
        one.type === type ||
        (type === "provenance" && one.type.includes("slsa.dev/provenance"))) &&
      (platform === undefined || one.platform === platform),
  );
  if (found === undefined) {
    const known = record.attachments.map((one) => one.type).join(", ");
    throw new UsageError(
      `build ${record.ref} has no such attachment`,
      known === "" ? "it has none at all" : `it has: ${[...new Set(known.split(", "))].join(", ")}`,
    );
  }
  const text = Buffer.from(await history.attachment(found, host.signal));
  host.stdout.write(text.at(-1) === 0x0a ? text : Buffer.concat([text, Buffer.from("\n")]));
  return exitCode.done;
}

async function showLog({ words, flags, host, past }: Call): Promise<ExitCode> {
  const { record, history } = await past.find(words[0]);
  const { createLogRenderer } = await import("../history/log-renderer.ts");
  const renderer = await createLogRenderer(record, flags.text("progress") ?? "plain", host);
  try {
    await history.replay(record.ref, renderer.handle, host.signal);
  } finally {
    renderer.close();
  }
  return exitCode.done;
}

async function removeBuilds({ words, flags, host, past }: Call): Promise<ExitCode> {
  const builds = flags.switch("all") ? await past.list() : await findAll(words, past);
  let code: ExitCode = exitCode.done;
  for (const { record, history } of builds) {
    if (await history.remove(record.ref, host.signal)) continue;
    host.stderr.write(`error: there is no record of a build ${JSON.stringify(record.ref)}\n`);
    code = exitCode.environment;
  }
  return code;
}

/** All are found before one is removed. */
async function findAll(words: readonly string[], past: PastBuilds): Promise<readonly PastBuild[]> {
  const found: PastBuild[] = [];
  for (const word of words) found.push(await past.find(word));
  return found;
}

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  filter: ["ls"],
  format: ["ls", "inspect"],
  "no-trunc": ["ls"],
  progress: ["logs"],
  all: ["rm"],
  type: ["inspect"],
  platform: ["inspect"],
};

function wrongWords(action = "", words: readonly string[], flags: ParsedFlags): UsageError | undefined {
  for (const [flag, known] of Object.entries(flagsOf)) {
    const given = flags.text(flag) ?? flags.switch(flag) ?? flags.list(flag)[0];
    if (given !== undefined && !known.includes(action)) {
      return new UsageError(`history ${action} does not know the flag --${flag}`, `it is for history ${known[0]}`);
    }
  }
  const most =
    { ls: 0, inspect: words[0] === "attachment" ? 3 : 1, logs: 1, rm: Number.POSITIVE_INFINITY }[action] ?? 0;
  if (words.length > most) return new UsageError(`history ${action} takes no ${words.slice(most).join(" ")}`);
  const all = flags.switch("all") === true;
  if (action === "rm" && words.length > 0 && all) {
    return new UsageError("history rm takes REFs or --all, not both", "leave out one of them");
  }
  if (action === "rm" && words.length === 0 && !all) return new UsageError("history rm needs a REF", "or --all");
  return undefined;
}

function unknownAction(word: string | undefined): UsageError {
  const known = [...actions.keys()];
  if (word === undefined) return new UsageError("history needs to know what to do", `one of ${known.join(", ")}`);
  return new UsageError(
    `history cannot ${JSON.stringify(word)}`,
    didYouMean(word, known) ?? `one of ${known.join(", ")}`,
  );
}
