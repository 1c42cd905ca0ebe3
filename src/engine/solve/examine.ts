/** Looks at builds before anything is done: what this engine, on this machine, cannot do. */
import { TsbakeError } from "../../base/errors.ts";
import { parseDevice } from "../../dockerfile/device.ts";
import type { Stage } from "../../dockerfile/dockerfile.ts";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { neededStages } from "../../dockerfile/needed-stages.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { refusePolicies } from "../../execute/target/policies.ts";
import type { BuildId } from "../../plan/plan.ts";
import { cachePlaces } from "../cache/cache-places.ts";
import { problem } from "../graph/problem.ts";
import { findPrivilege } from "../run/privilege.ts";
import { examineScanner } from "../scan/examine-scanner.ts";
import type { Dockerfiles } from "./dockerfiles.ts";
import { isQuestion } from "./questions.ts";
import type { EngineServices } from "./services.ts";
import { type SettingsSurroundings, targetSettings } from "./target-settings.ts";

export interface ExamineOptions {
  readonly services: EngineServices;
  readonly dockerfiles: Dockerfiles;
  readonly surroundings: SettingsSurroundings;
  readonly signal: AbortSignal;
  /** Called before the sandbox is opened by a process that may not mount anything. What it rejects with ends the run. */
  readonly beforeCommands?: () => Promise<void>;
}

/** What is wrong, by build. Rejects with the signal's reason. */
export async function examine(
  requests: readonly SolveRequest[],
  options: ExamineOptions,
): Promise<ReadonlyMap<BuildId, Error>> {
  const failures = new Map<BuildId, Error>();
  for (const request of requests) {
    // A repeat has nothing of its own to be looked at.
    if (request.build.repeats !== undefined) continue;
    try {
      await examineOne(request, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof BuildFailure || error instanceof TsbakeError)) throw error;
      failures.set(request.build.id, error);
    }
  }
  return failures;
}

async function examineOne(
  request: SolveRequest,
  { services, dockerfiles, surroundings, signal, beforeCommands }: ExamineOptions,
): Promise<void> {
  const { dockerfile } = await dockerfiles.load(request, signal);
  const { target } = request;
  if (isQuestion(target)) return;
  refusePolicies(target);
  cachePlaces(target, request.workingFolder);
  const { platforms, buildPlatform } = targetSettings(target, surroundings);
  const askFirst = async (): Promise<void> => {
    if (findPrivilege().kind === "none") await beforeCommands?.();
  };
  await examineScanner(request, { services, platform: buildPlatform, signal, beforeCommands: askFirst });
  for (const stage of neededStages(dockerfile, target.stage)) {
    const commands = stage.instructions.filter((each): each is RunInstruction => each.keyword === "RUN");
    for (const each of commands) refuseDevices(each);
    const [command] = commands;
    if (command === undefined) continue;
    await askFirst();
    const sandbox = await services.sandbox();
    for (const platform of runsOnBuildPlatform(stage) ? [buildPlatform] : platforms) {
      const obstacle = await sandbox.obstacle(platform);
      if (obstacle === undefined) continue;
      throw problem("build/cannot-run", obstacle.message, { span: command.span, hint: obstacle.hint });
    }
  }
}

/** There are no devices of the container device interface here; those that are not required are done without. */
function refuseDevices({ devices }: RunInstruction): void {
  for (const word of devices) {
    const device = parseDevice(word.text);
    if (!device.ok || !device.value.required) continue;
    throw problem("build/no-device", `the embedded engine has no device ${JSON.stringify(device.value.name)}`, {
      span: word.span,
      hint: "build it on a BuildKit with --builder, or drop required: then the command runs without the device",
    });
  }
}

/** `FROM --platform=$BUILDPLATFORM`, or any other of its own: it is not that of the target. */
function runsOnBuildPlatform({ platform }: Stage): boolean {
  return platform !== undefined;
}
