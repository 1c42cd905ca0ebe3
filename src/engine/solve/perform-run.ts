/** RUN: a command in the sandbox. */
import { createHash } from "node:crypto";
import { allOrNone } from "../../execute/all-or-none.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { excerptOf } from "../graph/problem.ts";
import { type BuildContext, isStep, type RunStep, type Step, type StepMount } from "../graph/step.ts";
import { CommandFailed, type MountSource, type RunMount } from "../run/request.ts";
import { inlineContent } from "../tree/entry.ts";
import { ownerless, sourceEntries } from "../tree/source-entries.ts";
import type { Tree } from "../tree/tree.ts";
import { contentDigest } from "./content-digest.ts";
import { hashEntries } from "./hash-entries.ts";
import { imageTree } from "./image-files.ts";
import type { AgentLease } from "./lease-agent.ts";
import type { PerformContext, Performed } from "./perform-context.ts";
import { layersOf } from "./solved.ts";
import { findKnownStep, saveStep } from "./step-records.ts";

/** Rejects with a BuildFailure that names the command and its exit code. */
export async function performRun(step: RunStep, context: PerformContext): Promise<Performed> {
  const { services, base, signal, observer, encoding } = context;
  const key = await runKey(step, context);
  const { name: description } = step;
  const ignoreCache = step.ignoreCache || services.granted.isOfOthers(key, step);
  const known = await findKnownStep(services, context.tools.imported, { key, description, ignoreCache });
  if (known !== undefined) return { result: { layers: [...base.layers, known] }, cached: true };
  const leases: AgentLease[] = [];
  try {
    const mounts: RunMount[] = [];
    for (const mount of step.mounts) mounts.push(...(await runMount(mount, step, { ...context, leases })));
    const sandbox = await services.sandbox();
    const layer = await sandbox.run(
      { ...step, layers: layersOf(base), environment: withProxies(step), mounts },
      {
        signal,
        ...(encoding === undefined ? {} : { encoding }),
        onOutput: (stream, data) => observer.output(step, stream, data),
      },
    );
    const solved = { key, layer, createdMs: services.now() };
    services.granted.add(key, step);
    await saveStep(services, { description, solved });
    return { result: { layers: [...base.layers, solved] }, cached: false };
  } catch (error) {
    throw error instanceof CommandFailed ? commandFailure(step, error) : error;
  } finally {
    for (const lease of leases) await lease.close();
  }
}

function withProxies({ environment, proxies }: RunStep): readonly string[] {
  const entries = new Map(environment.map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
  for (const [name, value] of proxies) entries.set(name, `${name}=${value}`);
  return [...entries.values()];
}

function commandFailure(step: RunStep, { message, exitCode, hint }: CommandFailed): BuildFailure {
  const command = JSON.stringify(step.command);
  const text = `process ${command} did not complete successfully: exit code: ${exitCode}`;
  return new BuildFailure("build/step-failed", message.includes("did not complete") ? message : text, {
    step: { digest: step.id, name: step.name },
    excerpts: step.span === undefined ? [] : excerptOf(step.span),
    ...(hint === undefined ? {} : { hint }),
  });
}

const mountsAtOnce = 8;

/** What decides on what a command does. Secrets, agents, caches and proxies do not. */
async function runKey(step: RunStep, context: PerformContext): Promise<string> {
  const { arguments: args, environment, workingFolder, user, platform, network, security } = step;
  const mounts = await allOrNone(step.mounts, { atOnce: mountsAtOnce, signal: context.signal }, (mount, signal) =>
    mountKey(mount, { ...context, signal }),
  );
  const meaning = {
    kind: "run.v2",
    args,
    environment,
    workingFolder,
    user,
    platform,
    network,
    security,
    mounts,
    hosts: step.extraHosts.map(([name]) => name),
    hostname: step.hostname,
    ulimits: step.ulimits,
    shmSize: step.shmSize,
    base: layersOf(context.base).map(({ diffId }) => diffId),
  };
  return createHash("sha256").update(JSON.stringify(meaning)).digest("hex");
}

async function mountKey(mount: StepMount, context: PerformContext): Promise<unknown> {
  switch (mount.type) {
    case "bind":
      return [mount.type, mount.target, mount.readWrite, await sourceKey(mount.from, mount.source, context)];
    case "cache": {
      const from = mount.from === undefined ? undefined : await sourceKey(mount.from, mount.source, context);
      return [mount.type, mount.target, mount.id, mount.readOnly, from];
    }
    case "secret":
    case "ssh":
      return [mount.type, mount.target, mount.variable, mount.id, mount.mode, mount.uid, mount.gid];
    default:
      return mount;
  }
}

async function sourceKey(from: BuildContext | Step, path: string, context: PerformContext): Promise<string> {
  const { services, signal } = context;
  const tree = await treeOf(from, context);
  const hash = createHash("sha256");
  const { entries = [] } = sourceEntries(tree, path) ?? {};
  const options = { digests: new Map<string, string>(), hashes: services.store.hashes, signal };
  await hashEntries(hash, isStep(from) ? entries : ownerless(entries), (file) => contentDigest(file, options));
  return hash.digest("hex");
}

async function treeOf(from: BuildContext | Step, { services, input, signal }: PerformContext): Promise<Tree> {
  return isStep(from)
    ? imageTree(layersOf(input(from)), services, signal)
    : (await services.contexts.open(from, signal)).tree;
}

interface MountContext extends PerformContext {
  /** Takes the agents that are to be closed when the command has ended. */
  readonly leases: AgentLease[];
}

/** None for a secret or an agent that is not there and need not be. */
async function runMount(mount: StepMount, step: RunStep, context: MountContext): Promise<readonly RunMount[]> {
  switch (mount.type) {
    case "tmpfs":
      return [mount];
    case "text":
      return [{ type: "bind", target: mount.target, from: scriptFolder(mount.name, mount.text), readWrite: false }];
    case "bind": {
      const from = await mountSource(mount.from, mount.source, context);
      return [{ type: "bind", target: mount.target, from, readWrite: mount.readWrite }];
    }
    case "cache": {
      const { from: start, source, ...rest } = mount;
      const from = start === undefined ? {} : { from: await mountSource(start, source, context) };
      return [{ ...rest, ...from }];
    }
    case "secret":
      return secretMount(mount, step, context);
    case "ssh": {
      const agent = await context.tools.agent(mount.id);
      if (agent === undefined && mount.required) throw missing("ssh agent", mount.id, "ssh", step);
      if (agent === undefined) return [];
      context.leases.push(agent);
      const { target = "/run/buildkit/ssh_agent.0", mode, uid, gid } = mount;
      return [{ type: "ssh", target, socket: agent.socket, mode, uid, gid }];
    }
    default:
      return mount satisfies never;
  }
}

type SecretStepMount = Extract<StepMount, { readonly type: "secret" | "ssh" }>;

async function secretMount(
  mount: SecretStepMount,
  step: RunStep,
  context: PerformContext,
): Promise<readonly RunMount[]> {
  const { id, target, variable, mode, uid, gid } = mount;
  const value = await context.tools.secret(id);
  if (value === undefined && mount.required) throw missing("secret", id, "secret", step);
  if (value === undefined) {
    // The variable is there all the same, and empty.
    const nothing = new Uint8Array();
    return variable === undefined ? [] : [{ type: "secret", variable, mode, uid, gid, value: nothing }];
  }
  const place = { ...(target === undefined ? {} : { target }), ...(variable === undefined ? {} : { variable }) };
  return [{ type: "secret", ...place, mode, uid, gid, value }];
}

function missing(what: string, id: string, attribute: string, step: RunStep): BuildFailure {
  return new BuildFailure(`build/missing-${attribute}`, `the ${what} ${JSON.stringify(id)} is required and not given`, {
    hint: `add it to the target: ${attribute} = ["id=${id},…"], or --${attribute} id=${id},…`,
    step: { digest: step.id, name: step.name },
    excerpts: step.span === undefined ? [] : excerptOf(step.span),
  });
}

async function mountSource(from: BuildContext | Step, path: string, context: PerformContext): Promise<MountSource> {
  if (isStep(from)) return { kind: "layers", layers: layersOf(context.input(from)), path };
  return { kind: "tree", tree: await treeOf(from, context), path };
}

/** A folder with one executable text. */
function scriptFolder(name: string, text: string): MountSource {
  const common = { mode: 0o755, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 } as const;
  const tree: Tree = {
    lstat: (path) => {
      if (path === "") return { type: "folder", path, ...common };
      return path === name ? { type: "file", path, content: inlineContent(Buffer.from(text)), ...common } : undefined;
    },
    names: (path) => (path === "" ? [name] : []),
  };
  return { kind: "tree", tree, path: "" };
}
