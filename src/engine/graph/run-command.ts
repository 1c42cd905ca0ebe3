/** RUN as a step. */
import { posix } from "node:path";
import type { Span } from "../../base/span.ts";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { runScript } from "../../dockerfile/run-script.ts";
import { addStep } from "./add-step.ts";
import { commandLine } from "./configure.ts";
import { commandMounts } from "./mounts.ts";
import { proxyVariables } from "./platform-arguments.ts";
import { problem } from "./problem.ts";
import type { StageScope } from "./scope.ts";
import { type StageState, withHistory } from "./stage-state.ts";
import type { StepMount } from "./step.ts";

/** Throws a BuildFailure that shows the instruction. */
export function runCommand(state: StageState, instruction: RunInstruction, scope: StageScope): StageState {
  const { span } = instruction;
  const { config, variables } = state;
  const { command, scripts } = commandOf(instruction, state);
  const argv = commandLine(command, state);
  if (argv.length === 0) {
    throw problem("build/bad-instruction", "RUN: there is nothing to run", {
      span,
      hint: "name a program in the array",
    });
  }
  if (instruction.devices.length > 0) {
    throw problem("build/bad-instruction", "RUN --device: the embedded engine hands no devices to commands", {
      span,
      hint: "build on a BuildKit that has the device: --builder",
    });
  }
  const network = instruction.network ?? "default";
  allow(network === "host" ? "network.host" : undefined, span, scope);
  allow(instruction.security === "insecure" ? "security.insecure" : undefined, span, scope);
  const mounted = commandMounts(instruction.mounts, { state, scope });
  const next = addStep(state, scope, instruction.original, {
    kind: "run",
    span,
    arguments: argv,
    command: argv.join(" "),
    environment: [...variables, ...mounted.variables].map(([name, value]) => `${name}=${value}`),
    proxies: proxyVariables(scope.buildArguments),
    workingFolder: posix.resolve("/", config.WorkingDir ?? "/"),
    user: config.User ?? "",
    platform: state.platform,
    network: network === "default" ? scope.run.network : network,
    security: instruction.security ?? "sandbox",
    mounts: [...mounted.mounts, ...scripts],
    ...(scope.run.hostname === undefined ? {} : { hostname: scope.run.hostname }),
    extraHosts: scope.run.extraHosts,
    ...(scope.run.shmSize === undefined ? {} : { shmSize: scope.run.shmSize }),
    ulimits: scope.run.ulimits,
    ...(scope.run.limits === undefined ? {} : { limits: scope.run.limits }),
  });
  const recorded = `RUN ${declaredText(state)}${argv.join(" ")} # buildkit`;
  return withHistory(next, recorded, { layer: true, epochSeconds: scope.epochSeconds });
}

/** `|2 A=1 B= `: the declared arguments, as the image's history has them. */
function declaredText({ declared, variables }: StageState): string {
  const arguments_ = [...declared].map(([name, value]) => `${name}=${variables.get(name) ?? value ?? ""}`);
  return arguments_.length === 0 ? "" : `|${arguments_.length} ${arguments_.join(" ")} `;
}

/** What the shell is given, heredocs put in, and the script of its own that it starts. */
function commandOf(instruction: RunInstruction, { platform }: StageState) {
  if (instruction.heredocs.length > 0 && instruction.command.form === "exec") {
    throw problem("build/bad-instruction", "RUN: a heredoc cannot be given to a command in JSON form", {
      span: instruction.span,
    });
  }
  const script = runScript(instruction, platform.os);
  if (script.kind === "command") return { command: script.command, scripts: [] };
  const { name, body } = script;
  const mount: StepMount = { type: "text", target: "/dev/pipes", name, text: body };
  return { command: { form: "shell", text: `/dev/pipes/${name}` } as const, scripts: [mount] };
}

function allow(entitlement: string | undefined, span: Span, { run }: StageScope): void {
  if (entitlement === undefined || run.entitlements.has(entitlement)) return;
  throw problem("build/not-entitled", `RUN: ${entitlement} is not allowed to this target`, {
    span,
    hint: `add entitlements = [${JSON.stringify(entitlement)}] to the target and build with --allow ${entitlement}`,
  });
}
