/** Reads build files through a daemon, which fetches them as it would fetch a context. */
import { posix } from "node:path";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import { followSignal } from "../../base/follow-signal.ts";
import { Redaction } from "../../base/redaction.ts";
import { isGitAddress } from "../../buildfile/git-address.ts";
import type { RemoteTree } from "../../buildfile/remote-tree.ts";
import { BuildFailure, type RemoteFiles, type RemoteRequest } from "../../execute/ports.ts";
import { gitAgents, gitSecrets } from "../../execute/target/git-access.ts";
import { isArchive } from "../../execute/target/is-archive.ts";
import { failureFrom } from "../failure/failure.ts";
import { SolveRequest as ControlRequest } from "../gen/control.ts";
import type { NodeServices } from "../node/node-services.ts";
import type { RpcConnection } from "../rpc/connection.ts";
import * as control from "../rpc/control-methods.ts";
import { secretsService } from "../session/secrets.ts";
import { sshService } from "../session/ssh.ts";
import { openOn } from "../solve/build-session.ts";
import { emptyResult, Gateway, type SolvedRef } from "../solve/gateway.ts";
import { randomIdentifier } from "../solve/identifier.ts";
import { agentDials } from "../target/target-agents.ts";
import { secretSource } from "../target/target-secrets.ts";
import { encodeGraph } from "./graph.ts";
import { downloadName, fetchGraph, treeGraph } from "./tree-graph.ts";

const largestFileBytes = 2 << 20;
const headerBytes = 1024;

/** Rejects with a TsbakeError when the files cannot be had, or with the signal's reason. Leaves nothing under way on the daemon. */
export async function readRemote(
  services: NodeServices,
  request: RemoteRequest,
  signal: AbortSignal,
): Promise<RemoteFiles> {
  const redaction = new Redaction();
  try {
    fetchGraph(request.address);
    const connection = await services.connection.shared(signal);
    const session = await openOn(
      { services, connection, signal },
      {
        id: randomIdentifier(),
        sharedKey: "",
        name: "build files",
        services: await accessServices(services, request, redaction),
      },
    );
    try {
      return await askInBuild(connection, session.id, signal, (gateway) => readTree(gateway, request, signal));
    } finally {
      await session.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, request.address, redaction);
  }
}

async function accessServices(services: NodeServices, { address, workingFolder }: RemoteRequest, redaction: Redaction) {
  const { variables } = services.host;
  const ssh = gitAgents(address, variables);
  const agents = await agentDials({ target: "remote build files", ssh, variables, workingFolder });
  const secrets = secretsService(secretSource({ secrets: gitSecrets(variables), variables, workingFolder, redaction }));
  return agents.size > 0 ? [secrets, sshService(agents)] : [secrets];
}

/** A Dockerfile by its address. Rejects with a BuildFailure when it cannot be had, with a TsbakeError when the daemon cannot be reached. */
export async function readRemoteDockerfile(
  services: NodeServices,
  address: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const connection = await services.connection.shared(signal);
    const session = await openOn(
      { services, connection, signal },
      { id: randomIdentifier(), sharedKey: "", name: "Dockerfile", services: [] },
    );
    try {
      return await askInBuild(connection, session.id, signal, async (gateway) => {
        const ref = await solveTree(gateway, { address, kind: "file" }, signal);
        const content = await readSmallFile(gateway, ref, downloadName, signal);
        if (content === undefined) throw new BuildFailure("build/empty", "there is nothing in it");
        return Buffer.from(content).toString("utf8");
      });
    } finally {
      await session.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    const failure = failureOf(error, new Redaction());
    if (!(failure instanceof BuildFailure)) throw failure;
    throw new BuildFailure(
      "build/dockerfile-unreadable",
      `the Dockerfile ${address} cannot be read: ${failure.message}`,
      {
        hint: addressHint,
        retryable: failure.retryable,
        cause: failure,
      },
    );
  }
}

/** A build that has no result but what is asked while it runs. */
async function askInBuild<T>(
  connection: RpcConnection,
  session: string,
  signal: AbortSignal,
  ask: (gateway: Gateway) => Promise<T>,
): Promise<T> {
  const ref = randomIdentifier();
  const ending = new AbortController();
  const unfollow = followSignal(signal, ending);
  const request = ControlRequest.create({ Ref: ref, Session: session, Internal: true });
  const answer = connection.unary(control.solve, request, { signal: ending.signal });
  answer.catch(() => {});
  const gateway = new Gateway(connection, ref);
  try {
    const result = await ask(gateway);
    await gateway.succeed(emptyResult(), signal);
    await answer;
    return result;
  } finally {
    unfollow();
    // Cancels the build on the daemon when it is still under way.
    ending.abort(new Error("the build files were asked for in vain"));
  }
}

async function readTree(gateway: Gateway, request: RemoteRequest, signal: AbortSignal): Promise<RemoteFiles> {
  const { address } = request;
  if (isGitAddress(address)) return readNamed(gateway, { address, kind: "git" }, request, signal);
  const ref = await solveTree(gateway, { address, kind: "file" }, signal);
  const header = await gateway.readFile(ref, downloadName, { mostBytes: headerBytes, signal });
  if (isArchive(header)) return readNamed(gateway, { address, kind: "archive" }, request, signal);
  const content = await readSmallFile(gateway, ref, downloadName, signal);
  if (/^\s*<(?:!doctype|html)\b/i.test(Buffer.from(header).toString("latin1"))) {
    const hint = `for a git repository write ${address.replace(/\/?(?:[?#].*)?$/, "")}.git`;
    throw new BuildFailure("build/web-page", "there is a web page at that address", { hint });
  }
  const tree: RemoteTree = { address, kind: "file" };
  return { tree, files: new Map(content === undefined ? [] : [[address, content]]) };
}

async function readNamed(
  gateway: Gateway,
  tree: RemoteTree,
  { names }: RemoteRequest,
  signal: AbortSignal,
): Promise<RemoteFiles> {
  const ref = await solveTree(gateway, tree, signal);
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const content = await readSmallFile(gateway, ref, posix.join("/", name).slice(1), signal, name);
    if (content !== undefined) files.set(name, content);
  }
  return { tree, files };
}

async function solveTree(gateway: Gateway, tree: RemoteTree, signal: AbortSignal): Promise<SolvedRef> {
  const { refs } = await gateway.solveGraph(encodeGraph(treeGraph(tree)), signal);
  const [ref] = refs.values();
  if (ref === undefined || ref.id === "") throw new BuildFailure("build/empty", "there is nothing in it");
  return ref;
}

/** undefined when there is no such file or nothing in it. */
async function readSmallFile(
  gateway: Gateway,
  ref: SolvedRef,
  path: string,
  signal: AbortSignal,
  shown: string = "it",
): Promise<Uint8Array | undefined> {
  const size = await gateway.sizeOf(ref, path, signal);
  if (size === undefined || size === 0) return undefined;
  if (size <= largestFileBytes) return gateway.readFile(ref, path, { signal });
  throw new BuildFailure("build/too-large", `${shown} is larger than 2 MiB, which no build file is`);
}

function explain(error: unknown, address: string, redaction: Redaction): unknown {
  const failure = failureOf(error, redaction);
  if (failure instanceof TsbakeError || !(failure instanceof BuildFailure)) return failure;
  const message = `the build files of ${redaction.clean(address)} cannot be read: ${messageOf(failure)}`;
  return new TsbakeError("buildkit/remote-unreadable", message, {
    hint: failure.hint ?? hintFor(failure.message),
    retryable: failure.retryable,
    cause: failure,
  });
}

function failureOf(error: unknown, redaction: Redaction): unknown {
  return failureFrom(error, { redaction, stepName: () => undefined, sourceName: (filename) => filename });
}

const addressHint =
  "it is the builder that fetches it: see whether the address is right and whether the builder can reach it";

function hintFor(message: string): string {
  if (/authenticat|could not read Username|\b40[13]\b|Permission denied/i.test(message)) {
    return "for a private repository set BUILDX_BAKE_GIT_AUTH_TOKEN, or for ssh start an agent (BUILDX_BAKE_GIT_SSH names another)";
  }
  return "it is the builder that fetches them: see whether the address is right and whether the builder can reach it";
}
