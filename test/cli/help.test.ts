import { expect, test } from "vitest";
import { commands, findCommand } from "../../src/cli/commands.ts";
import { renderCommandHelp } from "../../src/cli/help.ts";
import { styleFor } from "../../src/cli/style.ts";

async function helpOf(name: string): Promise<string> {
  const entry = findCommand(name);
  if (!entry) throw new Error(`there is no command ${name}`);
  return renderCommandHelp(entry, await entry.load(), await styleFor({}, {}));
}

test.each([
  ["build", "Exit codes: 0 done, 1 a build failed, 2 the build file or the flags are wrong, 3 "],
  ["check", "Exit codes: 0 nothing but notes, 1 warnings, 2 errors."],
  ["fmt", "Exit codes: 0 done, 1 --check found files to format, 2 "],
  ["schema", "Exit codes: 0 done, 2 "],
])("the help of %s tells its own exit codes, once", async (name, codes) => {
  const help = await helpOf(name);
  expect(help).toContain(codes);
  expect(help.match(/Exit codes/g)).toHaveLength(1);
});

test.each(commands.map(({ name }) => name))("no line of the help of %s ends in a space", async (name) => {
  expect(await helpOf(name)).not.toMatch(/ $/m);
});
