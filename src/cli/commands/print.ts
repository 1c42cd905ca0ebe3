/** `tsbake print`: the resolved definition, as the JSON that bake prints. */
import { plan } from "../../api/plan.ts";
import { printPlan } from "../../plan/print-plan.ts";
import { printFlags } from "../build-flags.ts";
import { planOptionsOf } from "../build-options.ts";
import type { Command, Host } from "../command.ts";
import { accept, loadDefinition } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import type { ParsedFlags } from "../flag.ts";

export const printCommand: Command = {
  usage: "[TARGET...]",
  description:
    "Prints the targets as they would be built, everything decided: inherited, overridden, defaults filled in. The output is itself\na build file. Nothing is built, nothing is sent anywhere.",
  flags: printFlags,
  examples: [
    ["tsbake print release", "the group or target release"],
    ["tsbake print --set '*.platform=linux/arm64'", "with an override"],
    ["tsbake print | jq .target.app.tags", "one attribute"],
  ],
  run: print,
};

export async function print(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const definition = await loadDefinition(flags, host);
  const planned = definition && (await accept(plan(definition, planOptionsOf(flags, host, "print")), host));
  if (!planned) return exitCode.wrongInput;
  host.stdout.write(printPlan(planned));
  return exitCode.done;
}
