/** The mounts of RUN, as a step has them. */
import { posix } from "node:path";
import { parsed, unparsed } from "../../base/parsed.ts";
import type { Span } from "../../base/span.ts";
import type { MountFlag } from "../../dockerfile/instruction.ts";
import { type Mount, resolveMount } from "../../dockerfile/mount.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { expand } from "./expansion.ts";
import { problem } from "./problem.ts";
import type { StageScope } from "./scope.ts";
import type { StageState } from "./stage-state.ts";
import type { StepMount } from "./step.ts";

export interface MountOptions {
  readonly state: StageState;
  readonly scope: StageScope;
}

export interface CommandMounts {
  readonly mounts: readonly StepMount[];
  /** What mounts put into the environment: where the agent's socket is. */
  readonly variables: readonly (readonly [string, string])[];
}

/** Throws a BuildFailure for a flag that makes no sense. */
export function commandMounts(flags: readonly MountFlag[], options: MountOptions): CommandMounts {
  const mounts: StepMount[] = [];
  let socket: string | undefined;
  let agents = 0;
  for (const flag of flags) {
    const mount = stepMount(resolved(flag, options), { ...options, span: flag.span, agents });
    mounts.push(mount);
    if (mount.type !== "ssh") continue;
    socket ??= mount.target;
    agents++;
  }
  return { mounts, variables: socket === undefined ? [] : [["SSH_AUTH_SOCK", socket]] };
}

function resolved(flag: MountFlag, { state, scope }: MountOptions): Mount {
  const { span } = flag;
  const mount = resolveMount(flag, (text) => {
    try {
      return parsed(expand(text, { variables: state.variables, span, scope }));
    } catch (error) {
      if (error instanceof BuildFailure) return unparsed(error.message);
      throw error;
    }
  });
  if (mount.ok) return mount.value;
  throw problem("build/bad-instruction", `RUN --mount: ${mount.message}`, { span });
}

interface Placing extends MountOptions {
  readonly span: Span;
  /** How many agents the command has been given before. */
  readonly agents: number;
}

function stepMount(mount: Mount, placing: Placing): StepMount {
  const { scope, span, agents } = placing;
  const from = mount.from ? scope.resolveFrom({ text: mount.from, span }) : undefined;
  // Below the root of where it comes from.
  const source = posix.resolve("/", mount.source ?? "").slice(1);
  switch (mount.type) {
    case "bind": {
      const target = targetOf(mount, placing);
      return { type: "bind", target, from: from ?? scope.context, source, readWrite: !mount.readOnly };
    }
    case "cache": {
      const target = targetOf(mount, placing);
      const { sharing = "shared", readOnly } = mount;
      const id = (mount.id || target) + variantOf(mount);
      const start = from === undefined ? {} : { from };
      return { type: "cache", target, id, sharing, readOnly, ...access(mount, 0o755), ...start, source };
    }
    case "tmpfs": {
      const size = mount.sizeBytes === undefined ? {} : { sizeBytes: mount.sizeBytes };
      return { type: "tmpfs", target: targetOf(mount, placing), ...size };
    }
    case "secret":
      return secretMount(mount, placing);
    case "ssh": {
      const target = mount.target === undefined ? `/run/buildkit/ssh_agent.${agents}` : targetOf(mount, placing);
      const id = mount.id || "default";
      return {
        type: "ssh",
        id,
        ...granted(scope.grants.agent(id)),
        target,
        required: mount.required,
        ...access(mount, 0o600),
      };
    }
    default:
      return mount.type satisfies never;
  }
}

/** It is a file unless only a variable is wanted. */
function secretMount(mount: Mount, placing: Placing): StepMount {
  const { env: variable, required } = mount;
  const id = mount.id || mount.source || posix.basename(mount.target ?? "");
  const named = mount.target === undefined ? `/run/secrets/${posix.basename(id)}` : targetOf(mount, placing);
  return {
    type: "secret",
    id,
    ...granted(placing.scope.grants.secret(id)),
    ...(mount.target === undefined && variable !== undefined ? {} : { target: named }),
    ...(variable === undefined ? {} : { variable }),
    required,
    ...access(mount, 0o400),
  };
}

function granted(grant: string | undefined): { readonly grant?: string } {
  return grant === undefined ? {} : { grant };
}

function access({ mode, uid, gid }: Mount, usual: number) {
  return { mode: mode ?? usual, uid: uid ?? 0, gid: gid ?? 0 };
}

/** Caches of one id that are to begin with different owners or modes are different caches. */
function variantOf({ source, mode, uid, gid }: Mount): string {
  const isPlain = source || (mode ?? uid ?? gid) === undefined;
  return isPlain ? "" : ` (mode ${(mode ?? 0o755).toString(8)}, owner ${uid ?? 0}:${gid ?? 0})`;
}

function targetOf({ target: written = "", type }: Mount, { state, span }: Placing): string {
  const target = posix.resolve("/", state.config.WorkingDir ?? "/", written);
  if (written !== "" && target !== "/") return target;
  throw problem("build/bad-instruction", `RUN --mount=type=${type}: the target is ${JSON.stringify(written)}`, {
    span,
    hint: "write target=/path, below the root of the file system",
  });
}
