/** What a node may ask of us during one build, put together from the target, and opened. */
import { createReadStream } from "node:fs";
import type { Redaction } from "../../base/redaction.ts";
import type { EventSink } from "../../events/event.ts";
import type { SolveRequest } from "../../execute/ports.ts";
import { gitAgents, gitSecrets } from "../../execute/target/git-access.ts";
import type { LocalFolder } from "../../execute/target/target-inputs.ts";
import type { NodeServices } from "../node/node-services.ts";
import type { FolderLease, FolderSession } from "../node/shared-folders.ts";
import type { RpcConnection } from "../rpc/connection.ts";
import { readContent } from "../rpc/read-content.ts";
import { contentService } from "../session/content.ts";
import { fileSendService } from "../session/file-send.ts";
import { fileSyncService } from "../session/file-sync.ts";
import { secretsService } from "../session/secrets.ts";
import {
  openSession,
  type Session,
  type SessionOptions,
  type SessionService,
  serveSession,
  sessionMetadata,
} from "../session/session.ts";
import { type AgentDial, sshService } from "../session/ssh.ts";
import type { ContentStore } from "../session/store/content-store.ts";
import { createLaterStore } from "../session/store/later-store.ts";
import type { TextFolder } from "../session/text-folder.ts";
import { uploadService } from "../session/upload.ts";
import type { SolvePlan } from "../target/solve-plan.ts";
import { agentDials } from "../target/target-agents.ts";
import { secretSource } from "../target/target-secrets.ts";
import { randomIdentifier } from "./identifier.ts";

export interface BuildSession {
  readonly id: string;
  /** Of the frontend: which folders other sessions serve. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Ends the session and removes what was made for it. Idempotent; never throws. */
  readonly close: () => Promise<void>;
}

export interface BuildSessionOptions {
  readonly services: NodeServices;
  readonly connection: RpcConnection;
  readonly request: SolveRequest;
  readonly plan: SolvePlan;
  readonly emit: EventSink;
  readonly redaction: Redaction;
  readonly signal: AbortSignal;
}

/** Rejects when the connection is lost; then nothing is left open. */
export async function openBuildSession(options: BuildSessionOptions): Promise<BuildSession> {
  const { plan, request } = options;
  const ends: (() => Promise<void>)[] = [];
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> => {
    ended ??= endAll(ends);
    return ended;
  };
  try {
    const { variables } = options.services.host;
    const { name, ssh, remote } = request.target;
    const agents = await agentDials({
      target: name,
      ssh: remote === undefined ? ssh : [...gitAgents(remote.tree.address, variables), ...ssh],
      variables,
      workingFolder: request.workingFolder,
    });
    const own: LocalFolder[] = [];
    const attributes = new Map<string, string>();
    for (const folder of plan.folders) {
      // Served here as well: old daemons do not look for it anywhere else.
      own.push(folder);
      const lease = await leaseFolder(folder, options);
      if (lease === undefined) continue;
      ends.push(lease.release);
      attributes.set(`local-sessionid:${folder.name}`, lease.sessionId);
    }
    const session = await openOn(options, {
      id: randomIdentifier(),
      sharedKey: plan.sharedKey,
      name: request.target.name,
      services: servicesOf(own, agents, options),
      narrow: request.export.sink.kind === "stream" && request.export.sink.take !== undefined,
    });
    ends.push(session.close);
    return { id: session.id, attributes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export type SessionLine = Pick<BuildSessionOptions, "services" | "connection" | "signal">;

/** Over a stream of its own where the daemon offers that. */
export async function openOn({ services, connection, signal }: SessionLine, session: SessionOptions): Promise<Session> {
  const { dialSession, explain } = services.transport;
  if (dialSession === undefined) return openSession(connection, session);
  const stream = await dialSession(sessionMetadata(session), signal).catch((error: unknown) => {
    throw explain(error);
  });
  return serveSession(stream, session);
}

async function endAll(ends: (() => Promise<void>)[]): Promise<void> {
  for (const end of ends.reverse()) await end();
}

function servicesOf(
  folders: readonly LocalFolder[],
  agents: ReadonlyMap<string, AgentDial>,
  options: BuildSessionOptions,
): readonly SessionService[] {
  const { request, services, redaction, plan } = options;
  const { target, workingFolder } = request;
  const { variables } = services.host;
  const { sink } = request.export;
  const layout = layoutStore(request.export);
  const stores = new Map([...plan.localStores.stores, ...(layout === undefined ? [] : [["export", layout] as const])]);
  const secrets = target.remote === undefined ? target.secret : [...gitSecrets(variables), ...target.secret];
  return [
    services.registryAuth,
    fileSyncService(
      folders.map((folder) => watched(folder, options)),
      textsOf(options),
    ),
    secretsService(secretSource({ secrets, variables, workingFolder, redaction })),
    ...(stores.size > 0 ? [contentService(stores)] : []),
    ...(plan.upload === undefined ? [] : [uploadService(streamOf(plan.upload))]),
    ...(agents.size > 0 ? [sshService(agents)] : []),
    ...(sink.kind === "none" || layout !== undefined
      ? []
      : [fileSendService([sink], (digest, signal) => readContent(options.connection, digest, signal))]),
  ];
}

function streamOf({ id, file }: { readonly id: string; readonly file: string }): Parameters<typeof uploadService>[0] {
  return new Map([[id, () => createReadStream(file)]]);
}

/** An image that is received as blobs comes by the content service, everything else is sent as a stream or a folder. */
function layoutStore({ exporter, sink }: SolveRequest["export"]): ContentStore | undefined {
  const isImage = exporter === "oci" || exporter === "docker";
  return isImage && sink.kind === "folder" ? createLaterStore(sink.open) : undefined;
}

function leaseFolder(folder: LocalFolder, options: BuildSessionOptions): Promise<FolderLease | undefined> {
  const { services, request } = options;
  return services.sharedFolders.lease(folder, request.build.id, () => openFolderSession(folder, options));
}

/** The folder's transfers are told as those of the build that asked first. */
async function openFolderSession(folder: LocalFolder, options: BuildSessionOptions): Promise<FolderSession> {
  let alive = true;
  const session = await openOn(options, {
    id: randomIdentifier(),
    sharedKey: options.plan.sharedKey,
    name: folder.name,
    services: [fileSyncService([watched(folder, options)])],
  });
  void session.closed.then(() => {
    alive = false;
  });
  return { id: session.id, alive: () => alive, close: session.close };
}

/** An inline Dockerfile is served as if it were in a folder. */
function textsOf({ plan, emit, request, services }: BuildSessionOptions): readonly TextFolder[] {
  if (plan.inlineDockerfile === undefined) return [];
  const name = "dockerfile";
  const build = request.build.id;
  const progress = (bytes: number, done: boolean): void =>
    emit({ type: "transfer", at: services.now(), build, name, bytes, done });
  return [{ name, file: { name: "Dockerfile", text: plan.inlineDockerfile }, progress }];
}

/** The folder with events for what is sent of it and for what went missing meanwhile. */
function watched(folder: LocalFolder, options: BuildSessionOptions): Parameters<typeof fileSyncService>[0][number] {
  const { emit, request, services } = options;
  const build = request.build.id;
  return {
    ...folder,
    progress: (bytes, done) => emit({ type: "transfer", at: services.now(), build, name: folder.name, bytes, done }),
    vanished: (path) => {
      const text = `${path} vanished while the context was sent; it arrived empty`;
      emit({ type: "message", at: services.now(), level: "warning", text, build });
    },
  };
}
