/** Instructions that change the image's configuration and no file. */
import type { Span } from "../../base/span.ts";
import type { Command, HealthcheckInstruction, Instruction } from "../../dockerfile/instruction.ts";
import { parsePorts } from "../../dockerfile/ports.ts";
import type { Healthcheck } from "../../oci/image-config.ts";
import { expand, expandToWords } from "./expansion.ts";
import { goDuration, goList, goQuoteList } from "./go-format.ts";
import { problem } from "./problem.ts";
import { scanArguments } from "./scan-targets.ts";
import type { StageScope } from "./scope.ts";
import { isSignal } from "./signals.ts";
import { type StageState, withConfig, withHistory, withVariables } from "./stage-state.ts";

type FileInstruction = Extract<Instruction, { readonly keyword: "ADD" | "COPY" | "RUN" | "WORKDIR" }>;
export type ConfigureInstruction = Exclude<Instruction, FileInstruction>;

const defaultShell = ["/bin/sh", "-c"];

/** Throws a BuildFailure that shows the instruction. */
export function configure(state: StageState, instruction: ConfigureInstruction, scope: StageScope): StageState {
  const { config } = state;
  const { span } = instruction;
  const recorded = (next: StageState, text: string): StageState =>
    withHistory(next, text, { layer: false, epochSeconds: scope.epochSeconds });
  const expanded = (text: string): string => expand(text, { variables: state.variables, span, scope });
  switch (instruction.keyword) {
    case "ARG":
      return declareArguments(state, instruction, scope);
    case "ENV": {
      // All of a line see the values from before it.
      const pairs = instruction.pairs.map(({ key, value }) => [expanded(key), expanded(value)] as const);
      const next = withVariables(withConfig(state, { Env: setAll(config.Env ?? [], pairs) }), pairs);
      return recorded(next, `ENV${pairs.map(([key, value]) => ` ${key}=${value}`).join("")}`);
    }
    case "LABEL": {
      const pairs = instruction.pairs.map(({ key, value }) => [expanded(key), expanded(value)] as const);
      const next = withConfig(state, { Labels: { ...config.Labels, ...Object.fromEntries(pairs) } });
      return recorded(next, `LABEL${pairs.map(([key, value]) => ` ${key}=${value}`).join("")}`);
    }
    case "CMD": {
      const command = commandLine(instruction.command, state);
      const { Cmd: _, ...rest } = config;
      const next = {
        ...state,
        config: { ...rest, ...unlessEmpty({ Cmd: command }), ArgsEscaped: true },
        commandGiven: true,
      };
      return recorded(next, `CMD ${goQuoteList(command)}`);
    }
    case "ENTRYPOINT": {
      const command = commandLine(instruction.command, state);
      const { Cmd, ...rest } = config;
      const kept = state.commandGiven && Cmd !== undefined ? { ...rest, Cmd } : rest;
      const { Entrypoint: _, ...others } = kept;
      const next = { ...state, config: { ...others, ...unlessEmpty({ Entrypoint: command }) } };
      return recorded(next, `ENTRYPOINT ${goQuoteList(command)}`);
    }
    case "EXPOSE": {
      const words = instruction.ports.flatMap(({ text }) =>
        expandToWords(text, { variables: state.variables, span, scope }),
      );
      const ports = words.flatMap((word) => exposed(word, span));
      const added = Object.fromEntries(ports.map((port) => [port, {}]));
      return recorded(
        withConfig(state, { ExposedPorts: { ...config.ExposedPorts, ...added } }),
        `EXPOSE ${goList(ports)}`,
      );
    }
    case "VOLUME": {
      const paths = instruction.paths.map(({ text }) => expanded(text));
      if (paths.includes("")) throw problem("build/bad-instruction", "VOLUME: a path is empty", { span });
      const added = Object.fromEntries(paths.map((path) => [path, {}]));
      return recorded(withConfig(state, { Volumes: { ...config.Volumes, ...added } }), `VOLUME ${goList(paths)}`);
    }
    case "USER": {
      const user = expanded(instruction.user.text);
      return recorded(withConfig(state, { User: user }), `USER ${user}`);
    }
    case "SHELL":
      return recorded(withConfig(state, { Shell: instruction.arguments }), `SHELL ${goList(instruction.arguments)}`);
    case "STOPSIGNAL": {
      const signal = expanded(instruction.signal.text);
      if (!isSignal(signal)) {
        throw problem("build/bad-instruction", `STOPSIGNAL: there is no signal ${JSON.stringify(signal)}`, {
          span,
          hint: "write a name such as SIGTERM, or its number",
        });
      }
      return recorded(withConfig(state, { StopSignal: signal }), `STOPSIGNAL ${signal}`);
    }
    case "HEALTHCHECK": {
      const check = healthcheckOf(instruction);
      return recorded(withConfig(state, { Healthcheck: check }), `HEALTHCHECK ${describeCheck(check)}`);
    }
    case "MAINTAINER":
      return recorded({ ...state, author: instruction.name }, `MAINTAINER ${instruction.name}`);
    case "ONBUILD":
      return withConfig(state, { OnBuild: [...(config.OnBuild ?? []), instruction.trigger] });
    default:
      return instruction satisfies never;
  }
}

/** Each with its protocol. */
function exposed(word: string, span: Span): readonly string[] {
  const parsed = parsePorts(word);
  if (parsed.ok) return parsed.value.ports;
  throw problem("build/bad-instruction", `EXPOSE: ${parsed.message}`, {
    span,
    hint: "write 8080, 8000-8010, or with a protocol: 53/udp",
  });
}

/** `[]` takes away what was inherited and puts nothing in its place. */
function unlessEmpty<T extends Readonly<Record<string, readonly string[]>>>(
  command: T,
): T | Readonly<Record<string, never>> {
  return Object.values(command).every((list) => list.length === 0) ? {} : command;
}

/** The arguments of the shell form, or those of the exec form as they are. */
export function commandLine(command: Command, { config }: StageState): readonly string[] {
  return command.form === "exec" ? command.arguments : [...(config.Shell ?? defaultShell), command.text];
}

type ArgInstruction = Extract<Instruction, { readonly keyword: "ARG" }>;

/** A value given to the build wins over the default, and that over the one of the ARG before the first FROM. Names are taken as they are written. */
function declareArguments(state: StageState, { items, span }: ArgInstruction, scope: StageScope): StageState {
  let next = state;
  const texts: string[] = [];
  for (const { name, value: byDefault } of items) {
    const value =
      scope.buildArguments.get(name) ??
      (byDefault === undefined
        ? scope.globals.get(name)
        : expand(byDefault, { variables: next.variables, span, scope }));
    next = { ...next, declared: new Map([...next.declared, [name, value]]) };
    if (value !== undefined && !scanArguments.has(name)) next = withVariables(next, [[name, value]]);
    texts.push(value === undefined ? name : `${name}=${value}`);
  }
  return withHistory(next, `ARG ${texts.join(" ")}`, { layer: false, epochSeconds: scope.epochSeconds });
}

/** The place of the first definition is kept. */
function setAll(environment: readonly string[], pairs: readonly (readonly [string, string])[]): readonly string[] {
  const entries = [...environment];
  for (const [name, value] of pairs) {
    const at = entries.findIndex((entry) => entry === name || entry.startsWith(`${name}=`));
    entries[at === -1 ? entries.length : at] = `${name}=${value}`;
  }
  return entries;
}

function healthcheckOf(instruction: HealthcheckInstruction): Healthcheck {
  const { command, intervalNs, timeoutNs, startPeriodNs, startIntervalNs, retries } = instruction;
  return {
    Test: testOf(command),
    ...(intervalNs === undefined ? {} : { Interval: intervalNs }),
    ...(timeoutNs === undefined ? {} : { Timeout: timeoutNs }),
    ...(startPeriodNs === undefined ? {} : { StartPeriod: startPeriodNs }),
    ...(startIntervalNs === undefined ? {} : { StartInterval: startIntervalNs }),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
}

/** Variables in it are for the shell of the container. */
function testOf(command: Command | undefined): readonly string[] {
  if (command === undefined) return ["NONE"];
  return command.form === "exec" ? ["CMD", ...command.arguments] : ["CMD-SHELL", command.text];
}

function describeCheck(check: Healthcheck): string {
  const { Interval, Timeout, StartPeriod, StartInterval, Retries = 0 } = check;
  const durations = Object.entries({ Interval, Timeout, StartPeriod, StartInterval });
  const times = durations.map(([name, duration]) => `${name}:${goDuration(duration ?? 0)}`).join(" ");
  return `{Test:${goList(check.Test ?? [])} ${times} Retries:${Retries}}`;
}
