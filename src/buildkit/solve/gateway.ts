/**
 * Plays the frontend of a build of our own: asks the daemon to run the real frontend, and says what the build's result is. This is
 * how results are kept for other builds to link to.
 */

import { ReadFileRequest, Ref, Result, ReturnRequest, SolveRequest } from "../gen/gateway.ts";
import { Status } from "../gen/status.ts";
import { gatewayCapabilities } from "../node/capabilities.ts";
import type { RpcConnection } from "../rpc/connection.ts";
import * as methods from "../rpc/gateway-methods.ts";
import type { Metadata } from "../rpc/metadata.ts";
import { RpcError, rpcCodes } from "../rpc/status.ts";

/** What the frontend answered. */
export interface SolvedResult {
  /** As it came: it is returned byte for byte, with what we do not know in it. */
  readonly bytes: Uint8Array;
  /** By platform; under the empty key when the frontend was asked for one platform or none. */
  readonly refs: ReadonlyMap<string, SolvedRef>;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

export interface SolvedRef {
  /** Empty when the result is an empty file system. */
  readonly id: string;
  /** A `pb.Definition`: how to make it again. */
  readonly definition: Uint8Array;
}

export interface FrontendRequest {
  readonly frontend: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Definitions the frontend may read, by name. */
  readonly inputs: ReadonlyMap<string, Uint8Array>;
}

export interface ReadFileOptions {
  /** Default: all of it. */
  readonly mostBytes?: number;
  readonly signal: AbortSignal;
}

/** Of the mode of a file as Go has it: folder, link, device, pipe, socket, irregular. */
const nonFileBits = 0x8f280000;
const evaluateCap = "gateway.evaluate";

export class Gateway {
  readonly #connection: RpcConnection;
  readonly #metadata: Metadata;

  constructor(connection: RpcConnection, ref: string) {
    this.#connection = connection;
    this.#metadata = new Map([["buildkit-controlapi-buildid", [ref]]]);
  }

  /** The ids of what the daemon's gateway and graph language can do. */
  async capabilities(signal: AbortSignal): Promise<ReadonlySet<string>> {
    return gatewayCapabilities(await this.#connection.unary(methods.ping, {}, this.#options(signal)));
  }

  async solve(request: FrontendRequest, signal: AbortSignal): Promise<SolvedResult> {
    const message = SolveRequest.create({
      Frontend: request.frontend,
      FrontendOpt: request.attributes,
      FrontendInputs: request.inputs,
      allowResultReturn: true,
      allowResultArrayRef: true,
    });
    const response = await this.#connection.unary(methods.solve, message, this.#options(signal));
    return readResult(response.result);
  }

  /** Runs a graph of our own (a `pb.Definition`) to its end. */
  async solveGraph(definition: Uint8Array, signal: AbortSignal): Promise<SolvedResult> {
    const message = SolveRequest.create({
      Definition: definition,
      allowResultReturn: true,
      allowResultArrayRef: true,
      Evaluate: true,
    });
    const response = await this.#connection.unary(methods.solve, message, this.#options(signal));
    return readResult(response.result);
  }

  /** A file of a result, or its beginning. `path` starts at the top; nothing leads out of the result. */
  async readFile(ref: SolvedRef, path: string, options: ReadFileOptions): Promise<Uint8Array> {
    const range = options.mostBytes === undefined ? undefined : { Offset: 0n, Length: BigInt(options.mostBytes) };
    const request = ReadFileRequest.create({ Ref: ref.id, FilePath: path, Range: range });
    return (await this.#connection.unary(methods.readFile, request, this.#options(options.signal))).Data;
  }

  /** The size of a file of a result, undefined when there is no such file, or something else in its place. */
  async sizeOf(ref: SolvedRef, path: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const request = { Ref: ref.id, Path: path, MountIndex: 0 };
      const { stat } = await this.#connection.unary(methods.statFile, request, this.#options(signal));
      return stat === undefined || (stat.mode & nonFileBits) !== 0 ? undefined : Number(stat.size);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RpcError && /no such file or directory|not a directory/.test(error.message))
        return undefined;
      throw error;
    }
  }

  /** Runs every step the result depends on. Rejects with the RpcError of the first that fails. */
  async evaluate(result: SolvedResult, capabilities: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const ids = [...result.refs.values()].map((ref) => ref.id).filter((id) => id !== "");
    await Promise.all(ids.map((id) => this.#evaluateRef(id, capabilities.has(evaluateCap), signal)));
  }

  async #evaluateRef(id: string, able: boolean, signal: AbortSignal): Promise<void> {
    if (able) await this.#connection.unary(methods.evaluate, { Ref: id }, this.#options(signal));
    // Looking at the root folder makes older daemons run the steps as well.
    else await this.#connection.unary(methods.statFile, { Ref: id, Path: ".", MountIndex: 0 }, this.#options(signal));
  }

  /** Says what the build results in; the daemon exports it and then answers the Solve. */
  async succeed(result: SolvedResult, signal: AbortSignal): Promise<void> {
    await this.#return(ReturnRequest.create({ result: result.bytes }), signal);
  }

  /** Says that the build failed; the daemon answers the Solve with the same error, and records it. */
  async fail(error: RpcError, signal: AbortSignal): Promise<void> {
    const status = Status.create({
      code: rpcCodes.indexOf(error.code),
      message: error.message,
      details: [...error.details],
    });
    await this.#return(ReturnRequest.create({ error: status }), signal);
  }

  async #return(request: ReturnRequest, signal: AbortSignal): Promise<void> {
    await this.#connection.unary(methods.returnResult, request, this.#options(signal));
  }

  #options(signal: AbortSignal): { readonly metadata: Metadata; readonly signal: AbortSignal } {
    return { metadata: this.#metadata, signal };
  }
}

/** A result without anything in it. */
export function emptyResult(): SolvedResult {
  const bytes = Result.encode(Result.create({ result: { $case: "ref", value: Ref.create() } })).finish();
  return { bytes, refs: new Map(), metadata: new Map() };
}

export function readResult(bytes: Uint8Array): SolvedResult {
  const { result, metadata } = Result.decode(bytes);
  const refs = new Map<string, SolvedRef>();
  if (result?.$case === "ref") refs.set("", solvedRef(result.value));
  if (result?.$case === "refs") for (const [platform, ref] of result.value.refs) refs.set(platform, solvedRef(ref));
  return { bytes, refs, metadata };
}

function solvedRef(ref: Ref): SolvedRef {
  return { id: ref.id, definition: ref.def };
}
