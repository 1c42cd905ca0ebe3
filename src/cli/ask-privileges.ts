/** A plan that wants more than a build usually may: say what, and how to allow it; on a terminal, ask. */
import { createInterface } from "node:readline/promises";
import { enumerate, stripControl } from "../base/text.ts";
import type { MissingPrivilege } from "../plan/privilege/missing.ts";
import type { Host } from "./command.ts";
import { styleFor } from "./style.ts";

/** True when the user agrees. Without a terminal nobody is asked, and the answer is no. */
export async function askPrivileges(missing: readonly MissingPrivilege[], host: Host): Promise<boolean> {
  const style = await styleFor(host.stderr, host.environment);
  host.stderr.write(`${style.warning("additional privileges requested")} by the build files:\n`);
  for (const { allow, use, targets } of missing) {
    host.stderr.write(`  ${style.bold(stripControl(allow))}  ${use} of ${stripControl(enumerate(targets))}\n`);
  }
  const flags = missing.map(({ allow }) => `--allow ${quote(allow)}`).join(" ");
  if (process.stdin.isTTY === true && host.stderr.isTTY === true) return confirm(host);
  host.stderr.write(
    `${style.error("error")}: additional privileges requested ${style.dim("[plan/privileges-missing]")}\n`,
  );
  host.stderr.write(`  ${style.help("help:")} if you trust these build files, add: ${stripControl(flags)}\n`);
  return false;
}

async function confirm(host: Host): Promise<boolean> {
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await question.question("Allow this and go on? [y/N] ", { signal: host.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    question.close();
  }
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
