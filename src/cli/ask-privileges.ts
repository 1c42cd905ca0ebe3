/** A plan that wants more than a build usually may: say what, and how to allow it; on a terminal, ask. */
import { enumerate, stripControl } from "../base/text.ts";
import type { MissingPrivilege } from "../plan/privilege/missing.ts";
import { ask } from "./ask.ts";
import type { Host } from "./command.ts";
import { styleFor } from "./style.ts";

/** True when the user agrees. Without a terminal nobody is asked, and the answer is no. Rejects with an Interrupted on Ctrl-C. */
export async function askPrivileges(missing: readonly MissingPrivilege[], host: Host): Promise<boolean> {
  const style = await styleFor(host.stderr, host.environment);
  host.stderr.write(`${style.warning("additional privileges requested")} by the build files:\n`);
  for (const { allow, use, targets } of missing) {
    host.stderr.write(`  ${style.bold(stripControl(allow))}  ${use} of ${stripControl(enumerate(targets))}\n`);
  }
  const flags = missing.map(({ allow }) => `--allow ${quote(allow)}`).join(" ");
  if (process.stdin.isTTY === true && host.stderr.isTTY === true) {
    const output = process.stderr;
    if (await ask("Allow this and go on? [y/N] ", { input: process.stdin, output, signal: host.signal })) return true;
    host.stderr.write(
      `${style.error("error")}: not allowed, so nothing was built ${style.dim("[plan/privileges-missing]")}\n`,
    );
    host.stderr.write(`  ${style.help("help:")} to allow it without being asked, add: ${stripControl(flags)}\n`);
    return false;
  }
  host.stderr.write(
    `${style.error("error")}: additional privileges requested ${style.dim("[plan/privileges-missing]")}\n`,
  );
  host.stderr.write(`  ${style.help("help:")} if you trust these build files, add: ${stripControl(flags)}\n`);
  return false;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
