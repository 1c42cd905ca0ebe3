/** RUN. */
import { parseCsvRecord } from "../../base/csv.ts";
import { didYouMean } from "../../base/suggest.ts";
import { parseDevice } from "../device.ts";
import type { MountFlag, RunInstruction, Word } from "../instruction.ts";
import { mountKeys, mountTypes } from "../mount.ts";
import { type DockerfileCode, problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { readCommand } from "./command-line.ts";
import { baseOf, type Context } from "./context.ts";
import { readFlags } from "./flags.ts";

const networks = ["default", "none", "host"] as const;
const securities = ["sandbox", "insecure"] as const;

export function buildRun(statement: Statement, context: Context): RunInstruction | undefined {
  const kinds = { mount: "list", network: "text", security: "text", device: "list" } as const;
  const flags = readFlags(statement, kinds, context);
  const network = oneOf(flags.text("network"), networks, "dockerfile/invalid-network", context);
  const security = oneOf(flags.text("security"), securities, "dockerfile/invalid-security", context);
  const devices = flags.list("device").filter((word) => checkDeviceWord(word, context));
  const mounts = flags.list("mount").flatMap((word) => readMount(word, context) ?? []);
  const command = readCommand(statement.rest, context);
  if (command === undefined) return undefined;
  return {
    keyword: "RUN",
    ...baseOf(statement),
    command,
    heredocs: statement.heredocs,
    mounts,
    devices,
    ...(network && { network }),
    ...(security && { security }),
  };
}

function oneOf<T extends string>(
  word: Word | undefined,
  allowed: readonly T[],
  code: DockerfileCode,
  { problems }: Context,
): T | undefined {
  const found = allowed.find((value) => value === word?.text);
  if (word === undefined || found !== undefined) return found;
  const hint = didYouMean(word.text, allowed) ?? `write ${allowed.join(" or ")}`;
  const what = code === "dockerfile/invalid-network" ? "network" : "security mode";
  problems.add(problem(code, word.span, `there is no ${what} ${JSON.stringify(word.text)}`, { hint }));
  return undefined;
}

function checkDeviceWord(word: Word, { problems }: Context): boolean {
  const device = parseDevice(word.text);
  if (device.ok) return true;
  const hint = "for example: --device=vendor.com/class=name,required";
  problems.add(problem("dockerfile/invalid-device", word.span, device.message, { hint }));
  return false;
}

/** Only what can be told without variables. */
function readMount(word: Word, { problems }: Context): MountFlag | undefined {
  const tell = (message: string, hint?: string) =>
    problems.add(problem("dockerfile/invalid-mount", word.span, message, { hint }));
  const record = parseCsvRecord(word.text);
  if (!record.ok) {
    tell(`--mount cannot be read: ${record.message}`, "for example: --mount=type=cache,target=/root/.cache");
    return undefined;
  }
  const fields = record.fields.map(readField);
  const from = fields.find(({ key, value }) => key === "from" && /\$./s.test(value ?? ""));
  if (from !== undefined) {
    const hint = "give the variable to a stage of its own, FROM $NAME AS alias, and mount from=alias";
    tell("the from of a mount takes no variables", hint);
  }
  const written = fields.findLast(({ key }) => key === "type")?.value;
  const type = mountTypes.find((known) => known === written?.toLowerCase());
  if (written !== undefined && type === undefined && !/[$"'\\`]/.test(written)) {
    tell(
      `there is no mount type ${JSON.stringify(written)}`,
      didYouMean(written, mountTypes) ?? `the types are ${mountTypes.join(", ")}`,
    );
  }
  return { type: type ?? "bind", fields, span: word.span };
}

function readField(field: string): { readonly key: string; readonly value: string | undefined } {
  const equals = field.indexOf("=");
  const written = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
  return { key: mountKeys.get(written) ?? written, value: equals === -1 ? undefined : field.slice(equals + 1) };
}
