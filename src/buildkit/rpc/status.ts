/** How a call ended: the status of gRPC, read from and written to trailers. */
import { constants, type IncomingHttpHeaders } from "node:http2";
import type { Any } from "../gen/google/protobuf/any.ts";
import { Status } from "../gen/status.ts";

/** In the order of their numbers. */
export const rpcCodes = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export type RpcCode = (typeof rpcCodes)[number];

export interface RpcErrorOptions {
  readonly details?: readonly Any[];
  /** The HTTP/2 code when the stream was reset before any status came. */
  readonly resetCode?: number;
  readonly cause?: unknown;
}

/** A call the peer answered with another status than OK, or cut off. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: RpcCode;
  /** Of `google.rpc.Status`; empty when the peer sent none. */
  readonly details: readonly Any[];
  /**
   * Set when the stream was reset before any status came. INTERNAL_ERROR (2) from a BuildKit daemon means that the
   * status did not fit into a header: its text is in the record of the build.
   */
  readonly resetCode: number | undefined;

  constructor(code: RpcCode, message: string, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.resetCode = options.resetCode;
  }

  /** The number of the code on the wire. */
  get number(): number {
    return rpcCodes.indexOf(this.code);
  }
}

/** The name of a code on the wire; UNKNOWN for numbers nobody assigned. */
export function rpcCode(number: number): RpcCode {
  return rpcCodes[number] ?? "UNKNOWN";
}

/**
 * Reads the status out of trailers (or out of the headers of a response that has nothing else). Undefined when there is
 * none in them; `ok` for success.
 */
export function statusFromHeaders(headers: IncomingHttpHeaders): RpcError | "ok" | undefined {
  const status = headers["grpc-status"];
  if (typeof status !== "string") return undefined;
  if (status === "0") return "ok";
  const text = decodePercent(headerText(headers["grpc-message"]));
  const details = headerText(headers["grpc-status-details-bin"]);
  const code = rpcCode(Number(status));
  if (details === "") return new RpcError(code, text);
  try {
    const decoded = Status.decode(Buffer.from(details, "base64"));
    return new RpcError(code, decoded.message === "" ? text : decoded.message, { details: decoded.details });
  } catch (error) {
    return new RpcError(code, text, { cause: error });
  }
}

/** The trailers that tell a peer how its call ended. */
export function statusToTrailers(failure: RpcError | undefined): Record<string, string> {
  if (failure === undefined) return { "grpc-status": "0" };
  // A header list that is too large kills the connection, and nobody reads 4 KB of message.
  const message = failure.message.length > 4096 ? `${failure.message.slice(0, 4096)}…` : failure.message;
  return { "grpc-status": String(failure.number), "grpc-message": encodePercent(message) };
}

/** What it means when a stream is reset instead of answered. */
export function errorOfReset(resetCode: number): RpcError {
  switch (resetCode) {
    case constants.NGHTTP2_CANCEL:
      return new RpcError("CANCELLED", "the peer cancelled the call", { resetCode });
    case constants.NGHTTP2_REFUSED_STREAM:
      return new RpcError("UNAVAILABLE", "the peer refused the call", { resetCode });
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return new RpcError("RESOURCE_EXHAUSTED", "the peer has too much to do", { resetCode });
    default:
      return new RpcError("INTERNAL", `the peer reset the call (HTTP/2 error ${resetCode})`, { resetCode });
  }
}

/** What it means when the answer is plain HTTP. */
export function errorOfHttpStatus(status: number, contentType: string): RpcError {
  const codes: Readonly<Record<number, RpcCode>> = {
    400: "INTERNAL",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "UNIMPLEMENTED",
    429: "UNAVAILABLE",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
  };
  const kind = contentType === "" ? "" : ` (${contentType.slice(0, 100)})`;
  return new RpcError(codes[status] ?? "UNKNOWN", `the answer is not gRPC: HTTP status ${status}${kind}`);
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(", ") : (value ?? "");
}

function encodePercent(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/gu, (part) =>
    Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

/** Bytes that are no valid escape stay as they are. */
function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
