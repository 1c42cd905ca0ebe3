/**
 * `containerd.services.content.v1.Content`, with us as the store: daemons read caches and base images from it and write
 * caches and results to it.
 */
import {
  AbortRequest,
  AbortResponse,
  InfoRequest,
  InfoResponse,
  ReadContentRequest,
  ReadContentResponse,
  StatusRequest,
  StatusResponse,
  UpdateRequest,
  UpdateResponse,
  WriteAction,
  WriteContentRequest,
  WriteContentResponse,
} from "../gen/content.ts";
import { decodeMessage } from "../rpc/call.ts";
import { type Metadata, metadataValue } from "../rpc/metadata.ts";
import type { Method } from "../rpc/method.ts";
import { type ServerCall, unaryHandler } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import type { SessionService } from "./session.ts";
import type { ContentStore, ContentWriter } from "./store/content-store.ts";

const service = "/containerd.services.content.v1.Content";

const info: Method<InfoRequest, InfoResponse> = {
  path: `${service}/Info`,
  request: InfoRequest,
  response: InfoResponse,
};
const update: Method<UpdateRequest, UpdateResponse> = {
  path: `${service}/Update`,
  request: UpdateRequest,
  response: UpdateResponse,
};
const status: Method<StatusRequest, StatusResponse> = {
  path: `${service}/Status`,
  request: StatusRequest,
  response: StatusResponse,
};
const abort: Method<AbortRequest, AbortResponse> = {
  path: `${service}/Abort`,
  request: AbortRequest,
  response: AbortResponse,
};

/** The stores by their IDs in metadata: `local:<folder>`, `oci:<id>`, `export`. */
export function contentService(stores: ReadonlyMap<string, ContentStore>): SessionService {
  const storeOf = (metadata: Metadata): ContentStore => {
    const id = metadataValue(metadata, "buildkit-attachable-store-id") ?? "";
    const store = stores.get(id);
    if (store === undefined) throw new RpcError("NOT_FOUND", `unknown store ${JSON.stringify(id.slice(0, 200))}`);
    return store;
  };
  const describe = async (digest: string, call: ServerCall): Promise<InfoResponse> => {
    const size = await knownSize(storeOf(call.metadata), digest);
    return InfoResponse.create({ info: { digest, size: BigInt(size) } });
  };
  return new Map([
    unaryHandler(info, ({ digest }, call) => describe(digest, call)),
    // Labels steer the cleaning up of stores that clean up; ours do not.
    unaryHandler(update, ({ info: asked }, call) => describe(asked?.digest ?? "", call)),
    // What was begun and not finished is removed with its call, so there is never anything to go on with.
    unaryHandler(status, async ({ ref }) => {
      throw new RpcError("NOT_FOUND", `nothing is being written under ${JSON.stringify(ref.slice(0, 200))}`);
    }),
    unaryHandler(abort, async () => ({})),
    [`${service}/Read`, async (call: ServerCall) => read(call, storeOf(call.metadata))],
    [`${service}/Write`, async (call: ServerCall) => write(call, storeOf(call.metadata))],
  ]);
}

async function knownSize(store: ContentStore, digest: string): Promise<number> {
  const size = await store.size(digest);
  if (size === undefined) throw new RpcError("NOT_FOUND", `content ${digest} not found`);
  return size;
}

async function read(call: ServerCall, store: ContentStore): Promise<void> {
  const bytes = await call.read();
  const { digest, offset, size: wanted } = decodeMessage(ReadContentRequest, bytes ?? new Uint8Array(), service);
  const size = BigInt(await knownSize(store, digest));
  if (offset < 0n || wanted < 0n) throw new RpcError("OUT_OF_RANGE", "a blob begins at 0");
  const rest = size > offset ? size - offset : 0n;
  const length = wanted === 0n || wanted > rest ? rest : wanted;
  let at = offset;
  for await (const data of store.read(digest, Number(offset), Number(length))) {
    await call.write([ReadContentResponse.encode({ offset: at, data }).finish()]);
    at += BigInt(data.length);
  }
}

/** One blob; each message is answered with how much of it has arrived. */
async function write(call: ServerCall, store: ContentStore): Promise<void> {
  const begin = store.write;
  if (begin === undefined) throw new RpcError("PERMISSION_DENIED", "this store is only read");
  let writer: ContentWriter | undefined;
  let offset = 0n;
  try {
    for (let bytes = await call.read(); bytes !== undefined; bytes = await call.read()) {
      const request = decodeMessage(WriteContentRequest, bytes, service);
      if (writer === undefined) {
        await refuseKnown(store, request.expected);
        writer = await begin();
      }
      if (request.action !== WriteAction.STAT) {
        if (request.offset > 0n && request.offset !== offset) {
          throw new RpcError(
            "OUT_OF_RANGE",
            `write at ${request.offset} of a blob of which ${offset} bytes have arrived`,
          );
        }
        await writer.write(request.data);
        offset += BigInt(request.data.length);
      }
      const digest = request.action === WriteAction.COMMIT ? await commit(writer, request, offset) : "";
      const { action, total } = request;
      const answer = WriteContentResponse.create({ action, offset, total, digest });
      await call.write([WriteContentResponse.encode(answer).finish()]);
      if (action === WriteAction.COMMIT) return;
    }
  } finally {
    await writer?.discard();
  }
}

async function refuseKnown(store: ContentStore, digest: string): Promise<void> {
  if (digest === "" || (await store.size(digest)) === undefined) return;
  throw new RpcError("ALREADY_EXISTS", `content ${digest} is there already`);
}

async function commit(writer: ContentWriter, request: WriteContentRequest, offset: bigint): Promise<string> {
  if (request.total > 0n && request.total !== offset) {
    throw new RpcError("FAILED_PRECONDITION", `${offset} bytes have arrived of the announced ${request.total}`);
  }
  const result = await writer.commit(request.expected);
  if ("digest" in result) return result.digest;
  throw new RpcError("FAILED_PRECONDITION", `the digest is ${result.mismatch} and not ${request.expected}`);
}
