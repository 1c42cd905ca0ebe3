/** The program: finds the command, loads it and turns what it throws into words and an exit code. */
import { messageOf, TsbakeError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import { stripControl } from "../base/text.ts";
import type { Host } from "./command.ts";
import { commandNames, findCommand } from "./commands.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { UsageError } from "./flag.ts";
import { Interrupted, signalOfInterrupts } from "./interrupt.ts";
import { styleFor } from "./style.ts";
import { version } from "./version.ts";

let interrupts: AbortSignal | undefined;
let lostOutput = false;

const host: Host = {
  environment: process.env,
  get workingFolder(): string {
    return currentFolder();
  },
  stdout: process.stdout,
  stderr: process.stderr,
  // Only who has something to clean up asks for it: until then an interrupt simply ends the process, even while it reads or computes.
  get signal(): AbortSignal {
    interrupts ??= signalOfInterrupts();
    return interrupts;
  },
};

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that went away (`tsbake print | head`) is no failure; builds that are under way are finished.
  if (error.code === "EPIPE" || lostOutput) return;
  lostOutput = true;
  process.exitCode = exitCode.environment;
  host.stderr.write(`error: standard output cannot be written: ${messageOf(error)} [cli/output-lost]\n`);
});
// There is nobody left to tell, and what is under way does not depend on it.
process.stderr.on("error", () => {});

void run(process.argv.slice(2))
  .catch(tellFailure)
  .then((code) => {
    process.exitCode = lostOutput && code === exitCode.done ? exitCode.environment : code;
  });

async function run(words: readonly string[]): Promise<ExitCode> {
  const [word, ...rest] = words;
  if (word === "--version" || word === "-v" || word === "version") {
    host.stdout.write(`tsbake ${version}\n`);
    return exitCode.done;
  }
  if (word === "--get-yargs-completions") return complete(rest);
  if (word === undefined || word === "--help" || word === "-h" || word === "help") return showHelp(rest[0]);
  const entry = findCommand(word);
  if (!entry) throw unknownCommand(word);
  if (asksForHelp(rest)) return showHelp(word);
  const [command, { parseFlags }] = await Promise.all([entry.load(), import("./parse-flags.ts")]);
  return command.run(parseFlags(rest, command.flags), host);
}

/** The word is that of the script which `tsbake completion` prints. Whatever goes wrong, a shell that completes shows nothing. */
async function complete(words: readonly string[]): Promise<ExitCode> {
  const { completions } = await import("./complete.ts");
  const found = await completions(words, host).catch(() => []);
  host.stdout.write(found.map((candidate) => `${candidate}\n`).join(""));
  return exitCode.done;
}

async function showHelp(word: string | undefined): Promise<ExitCode> {
  const { renderCommandHelp, renderOverview } = await import("./help.ts");
  const style = await styleFor(process.stdout, host.environment);
  const entry = word === undefined ? undefined : findCommand(word);
  if (word !== undefined && !entry) throw unknownCommand(word);
  host.stdout.write(entry ? renderCommandHelp(entry, await entry.load(), style) : renderOverview(style));
  return exitCode.done;
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end === -1 ? words.length : end).some((word) => word === "--help" || word === "-h");
}

function unknownCommand(word: string): UsageError {
  if (word.startsWith("-"))
    return new UsageError(`unknown flag ${word}`, "flags come after a command: tsbake build --help");
  const near = didYouMean(word, commandNames());
  return new UsageError(
    `unknown command ${JSON.stringify(word)}`,
    near ?? `to build a target of that name: tsbake build ${word}`,
  );
}

function wantsDetails(words: readonly string[]): boolean {
  return words.includes("-D") || words.includes("--debug");
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    const hint = "it was removed or replaced; cd to a folder that exists";
    throw new TsbakeError("cli/no-working-folder", "the working folder does not exist any more", {
      hint,
      cause: error,
    });
  }
}

async function tellFailure(error: unknown): Promise<ExitCode> {
  const style = await styleFor(process.stderr, host.environment);
  if (error instanceof Interrupted) return exitCode.interrupted;
  if (error instanceof UsageError || error instanceof TsbakeError) {
    const code = error instanceof TsbakeError ? ` ${style.dim(`[${error.code}]`)}` : "";
    host.stderr.write(`${style.error("error")}: ${stripControl(error.message)}${code}\n`);
    if (error.hint !== undefined) host.stderr.write(`  ${style.help("help:")} ${stripControl(error.hint)}\n`);
    if (error instanceof TsbakeError && wantsDetails(process.argv) && error.cause !== undefined) {
      host.stderr.write(`  ${style.dim("cause:")} ${stripControl(messageOf(error.cause))}\n`);
    }
    return error instanceof UsageError ? exitCode.wrongInput : exitCode.environment;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.stderr.write(`${style.error("bug in tsbake")}: ${stripControl(detail)}\n`);
  host.stderr.write(
    `  ${style.help("help:")} this is our mistake, not yours: please report it with the lines above, the command line and the build files (tsbake ${version}, Node ${process.version}, ${process.platform} ${process.arch})\n`,
  );
  return exitCode.bug;
}
