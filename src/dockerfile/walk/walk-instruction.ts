/** What one instruction does to its stage, and what is odd about it. */
import { parsed, unparsed } from "../../base/parsed.ts";
import { type Expanded, type ExpandOptions, expandWord, expandWords } from "../expand.ts";
import type {
  AddInstruction,
  ArgInstruction,
  CommandInstruction,
  CopyInstruction,
  EnvInstruction,
  ExposeInstruction,
  HealthcheckInstruction,
  Instruction,
  LabelInstruction,
  RunInstruction,
  WorkdirInstruction,
} from "../instruction.ts";
import { checkCopySource } from "../lint/copied-files.ts";
import { checkSecretName } from "../lint/secret-names.ts";
import { suggestion } from "../lint/suggest-name.ts";
import { type Mount, resolveMount } from "../mount.ts";
import { parsePorts } from "../ports.ts";
import { findSource, nameOf } from "./stage-links.ts";
import type { StageState } from "./stage-state.ts";
import type { Walk } from "./walk.ts";
import { WalkError } from "./walk-error.ts";

/** Throws a WalkError where a build would stop. */
export function walkInstruction(instruction: Instruction, state: StageState, walk: Walk): void {
  const step = new Step(instruction, state, walk);
  switch (instruction.keyword) {
    case "ADD":
    case "COPY":
      walkCopy(instruction, step);
      break;
    case "ARG":
      walkArg(instruction, step);
      break;
    case "CMD":
    case "ENTRYPOINT":
      walkCommand(instruction, step);
      break;
    case "ENV":
    case "LABEL":
      walkPairs(instruction, step);
      break;
    case "EXPOSE":
      walkExpose(instruction, step);
      break;
    case "HEALTHCHECK":
      tellRepeated(instruction, step);
      break;
    case "RUN":
      walkRun(instruction, step);
      break;
    case "SHELL":
      state.hasShell = true;
      break;
    case "STOPSIGNAL":
      step.expand(instruction.signal.text);
      break;
    case "USER":
      step.expand(instruction.user.text);
      break;
    case "VOLUME":
      for (const path of instruction.paths) {
        if (step.expand(path.text) === "") step.fail("VOLUME specified can not be an empty string");
      }
      break;
    case "WORKDIR":
      walkWorkdir(instruction, step);
      break;
    case "MAINTAINER":
    case "ONBUILD":
      break;
  }
}

/** Arguments that steer the build and are no variables. */
const steering = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

class Step {
  readonly instruction: Instruction;
  readonly state: StageState;
  readonly walk: Walk;

  constructor(instruction: Instruction, state: StageState, walk: Walk) {
    this.instruction = instruction;
    this.state = state;
    this.walk = walk;
  }

  get options(): ExpandOptions {
    const { environment } = this.state;
    return { escape: this.walk.dockerfile.directives.escape, variable: (name) => environment.get(name) };
  }

  /** The keyword as it is written. */
  get keyword(): string {
    return /^\S*/.exec(this.instruction.original)?.[0] ?? "";
  }

  expand(text: string, options: Partial<ExpandOptions> = {}): string {
    const expanded = expandWord(text, { ...this.options, ...options });
    this.tellUndefined(expanded);
    if (expanded.error !== undefined) this.fail(`failed to process ${JSON.stringify(text)}: ${expanded.error}`);
    return expanded.value;
  }

  tellUndefined({ unmatched }: Pick<Expanded, "unmatched">): void {
    const { state, walk, instruction } = this;
    if (!state.knowsEnvironment) return;
    for (const name of unmatched) {
      if (state.declared.has(name) || steering.has(name)) continue;
      const hint = suggestion(name, state.environment.keys(), "$");
      walk.findings.add("UndefinedVar", instruction, `Usage of undefined variable '$${name}'${hint}`);
    }
  }

  /** A stage that files are wanted of, and that stands further down. */
  laterStage(name: string): StageState | undefined {
    const source = findSource(name, this.walk);
    return source !== undefined && source.stage.index > this.state.stage.index ? source : undefined;
  }

  fail(message: string): never {
    throw new WalkError(message, this.instruction.span);
  }
}

function walkCopy(instruction: CopyInstruction | AddInstruction, step: Step): void {
  const from = instruction.keyword === "COPY" ? instruction.from?.text : undefined;
  const later = from === undefined ? undefined : step.laterStage(from);
  const { owner, mode, sources, destination } = instruction;
  const flags = [owner, mode, instruction.keyword === "ADD" ? instruction.checksum : undefined];
  for (const word of flags) if (word !== undefined) step.expand(word.text);
  const paths = sources.flatMap((source) => ("text" in source ? [step.expand(source.text)] : []));
  step.expand(destination.text);
  for (const source of sources) {
    const inBody = { escape: "\\", plainQuotes: true };
    if ("heredoc" in source && source.heredoc.expand) step.expand(source.heredoc.body, inBody);
  }
  if (later !== undefined) {
    const [wanted, own] = [JSON.stringify(nameOf(later)), JSON.stringify(nameOf(step.state))];
    step.fail(`cannot copy from stage ${wanted}, it needs to be defined before current stage ${own}`);
  }
  const { ignore } = step.walk.facts;
  const local = instruction.keyword === "ADD" || instruction.from === undefined;
  if (ignore === undefined || !local) return;
  for (const path of paths) checkCopySource(path, instruction, { ignore, findings: step.walk.findings });
}

/** An argument of the build goes before a default, and that before what stands before the first stage. */
function walkArg(instruction: ArgInstruction, step: Step): void {
  const { state, walk } = step;
  for (const item of instruction.items) {
    checkSecretName("ARG", item.name, { place: instruction, findings: walk.findings });
    const given = walk.facts.buildArguments?.get(item.name);
    const inherited = item.value === undefined ? walk.globals.values.get(item.name) : undefined;
    const value = given ?? (item.value === undefined ? inherited : step.expand(item.value));
    if (value !== undefined && !steering.has(item.name)) state.assign(item.name, value);
    if (given !== undefined || inherited === undefined) {
      state.arguments.set(item.name, { item, instruction, value, dependencies: new Set() });
    }
    state.usedArguments.add(item.name);
    state.declared.add(item.name);
  }
}

/** All values of one ENV are worked out with what was there before it. */
function walkPairs(instruction: EnvInstruction | LabelInstruction, step: Step): void {
  const pairs = instruction.pairs.map(({ key, value }) => [step.expand(key), step.expand(value)] as const);
  for (const [key, value] of pairs) {
    if (instruction.legacy) {
      const name = step.keyword;
      const message = `"${name} key=value" should be used instead of legacy "${name} key value" format`;
      step.walk.findings.add("LegacyKeyValueFormat", instruction, message);
    }
    if (instruction.keyword === "LABEL") continue;
    checkSecretName("ENV", key, { place: instruction, findings: step.walk.findings });
    step.state.assign(key, value);
    step.state.imageEnvironment.set(key, value);
  }
}

function walkCommand(instruction: CommandInstruction, step: Step): void {
  tellRepeated(instruction, step);
  if (instruction.command.form === "exec" || step.state.hasShell) return;
  step.walk.findings.add(
    "JSONArgsRecommended",
    instruction,
    `JSON arguments recommended for ${step.keyword} to prevent unintended behavior related to OS signals`,
  );
}

/** Told where the one stands that does not count. */
function tellRepeated(instruction: CommandInstruction | HealthcheckInstruction, step: Step): void {
  const { last } = step.state;
  const before = last.get(instruction.keyword);
  last.set(instruction.keyword, instruction.span);
  if (before === undefined) return;
  step.walk.findings.add(
    "MultipleInstructionsDisallowed",
    { span: before, comments: instruction.comments },
    `Multiple ${step.keyword} instructions should not be used in the same stage because only the last one will be used`,
  );
}

function walkExpose(instruction: ExposeInstruction, step: Step): void {
  const words = instruction.ports.flatMap((port) => {
    const expanded = expandWords(port.text, step.options);
    if (expanded.error !== undefined) step.fail(`failed to process ${JSON.stringify(port.text)}: ${expanded.error}`);
    return expanded.words;
  });
  for (const word of words) {
    const ports = parsePorts(word);
    if (!ports.ok) step.fail(ports.message);
    const { protocol, mapped } = ports.value;
    const { findings } = step.walk;
    if (protocol !== protocol.toLowerCase()) {
      const message = `Defined protocol '${word}' in EXPOSE instruction should be lowercase`;
      findings.add("ExposeProtoCasing", instruction, message);
    }
    if (mapped) {
      const message = `EXPOSE instruction should not define an IP address or host-port mapping, found '${word}'`;
      findings.add("ExposeInvalidFormat", instruction, message);
    }
  }
}

function walkRun(instruction: RunInstruction, step: Step): void {
  for (const flag of instruction.mounts) {
    const mount = resolveMount(flag, (text) => {
      const expanded = expandWord(text, step.options);
      step.tellUndefined(expanded);
      return expanded.error === undefined ? parsed(expanded.value) : unparsed(expanded.error);
    });
    if (!mount.ok) step.fail(mount.message);
    const { from, target = "" } = mount.value;
    if (from && step.laterStage(from) !== undefined) {
      const [stage, place] = [JSON.stringify(from), JSON.stringify(target)];
      step.fail(`cannot mount from stage ${stage} to ${place}, stage needs to be defined before current command`);
    }
    rememberMount(mount.value, step);
  }
}

function rememberMount(mount: Mount, { state, instruction }: Step): void {
  const use = { required: mount.required, span: instruction.span };
  if (mount.type === "ssh") remember(state.ssh, mount.id || "default", use);
  if (mount.type === "secret") {
    remember(state.secrets, mount.source || mount.id || lastPart(mount.target ?? ""), use);
  }
}

function remember<T>(uses: Map<string, T>, id: string, use: T): void {
  if (!uses.has(id)) uses.set(id, use);
}

function lastPart(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

/** Only the first one of a build can be at fault. */
function walkWorkdir(instruction: WorkdirInstruction, step: Step): void {
  const path = step.expand(instruction.path.text);
  const { state, walk } = step;
  const windows = walk.facts.targetPlatform.startsWith("windows");
  const absolute = path.startsWith("/") || (windows && /^(?:[a-z]:)?[\\/]/i.test(path));
  if (!state.hasWorkdir && !absolute) {
    const message = `Relative workdir ${JSON.stringify(path)} can have unexpected results if the base image changes`;
    walk.findings.add("WorkdirRelativePath", instruction, message);
  }
  state.hasWorkdir = true;
}
