/** Opens the byte stream an address stands for, and names what went wrong when it cannot be opened. */
import { connect as connectPlain, isIP, type NetConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { errnoCode, messageOf } from "../base/errors.ts";
import type { Address, SocketAddress, TcpAddress, TlsMaterial } from "./address.ts";
import { CommandFailure, openCommandStream } from "./command-stream.ts";

export type DialProblemKind =
  | "missing"
  | "denied"
  | "refused"
  | "unreachable"
  | "unknown-host"
  | "no-answer"
  | "untrusted-certificate"
  | "wrong-name"
  | "client-certificate"
  | "tls"
  | "program"
  | "lost";

/** What is in the way, in a kind to decide by and words to show. */
export interface DialProblem {
  readonly kind: DialProblemKind;
  /** Completes the sentence "cannot reach X: …". */
  readonly reason: string;
  /** True when nothing has to be changed for it to go away: a daemon that is still starting. */
  readonly passing: boolean;
}

/** The peer did not answer within the time for opening. */
class DialTimeout extends Error {}

const openTimeoutMs = 15_000;

/**
 * Connects, and for TLS shakes hands. Rejects with the signal's reason or with an error that `dialProblem` can name. A program's
 * stream is returned as soon as the program is started; what is wrong with it appears as an error of the stream.
 */
export function dial(address: Address, signal: AbortSignal): Promise<Duplex> {
  if (signal.aborted) return Promise.reject(signal.reason);
  if (address.kind === "command") return Promise.resolve(openCommandStream(address.program, address.arguments));
  return new Promise((resolve, reject) => {
    const secure = address.kind === "tcp" && address.tls !== undefined;
    const socket = secure ? openSecure(address) : connectPlain(plainOptions(address));
    const timer = setTimeout(() => settle(new DialTimeout()), openTimeoutMs);
    const onAbort = (): void => settle(signal.reason);
    const onError = (error: Error): void => settle(error);
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (error === undefined) {
        socket.off("error", onError);
        // A stream that breaks before its new owner listens must not end the process; the owner sees it closed.
        socket.on("error", () => {});
        resolve(socket);
      } else {
        socket.destroy();
        reject(error);
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError);
    socket.once(secure ? "secureConnect" : "connect", () => settle());
  });
}

function plainOptions(address: SocketAddress | TcpAddress): NetConnectOpts {
  if (address.kind === "socket") return { path: address.path, allowHalfOpen: true };
  return { host: address.host, port: address.port, noDelay: true, allowHalfOpen: true };
}

function openSecure(address: TcpAddress): ReturnType<typeof connectTls> {
  const tls: TlsMaterial = address.tls ?? { verify: true, protocol: "h2" };
  const name = tls.serverName ?? address.host;
  return connectTls({
    host: address.host,
    port: address.port,
    // A name indication may not be an IP address; the certificate is checked against the address all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ALPNProtocols: [tls.protocol],
    rejectUnauthorized: tls.verify,
    minVersion: "TLSv1.2",
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  }).setNoDelay(true);
}

const problemsByCode: ReadonlyMap<string, DialProblem> = new Map(
  [
    problem("missing", "there is no such socket", true, ["ENOENT", "ENOTDIR"]),
    problem("denied", "permission denied", false, ["EACCES", "EPERM"]),
    problem("refused", "nothing is listening there", true, ["ECONNREFUSED"]),
    problem("unreachable", "there is no route to it", true, ["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"]),
    problem("unknown-host", "the host name is not known", false, ["ENOTFOUND"]),
    problem("unknown-host", "the name server did not answer", true, ["EAI_AGAIN"]),
    problem("no-answer", "it does not answer", true, ["ETIMEDOUT"]),
    problem("lost", "it closed the connection", true, ["ECONNRESET", "EPIPE", "ECONNABORTED"]),
    problem("untrusted-certificate", "its certificate has expired", false, ["CERT_HAS_EXPIRED"]),
    problem("untrusted-certificate", "its certificate is signed by an authority that is not trusted here", false, [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "CERT_SIGNATURE_FAILURE",
      "CERT_UNTRUSTED",
    ]),
    problem("wrong-name", "its certificate is for another name", false, ["ERR_TLS_CERT_ALTNAME_INVALID"]),
    problem("tls", "it does not speak TLS", false, [
      "EPROTO",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_PACKET_LENGTH_TOO_LONG",
    ]),
    problem("client-certificate", "it wants a client certificate", false, [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
      "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE",
    ]),
    problem("client-certificate", "it does not accept our client certificate", false, [
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR",
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
    ]),
  ].flat(),
);

function problem(
  kind: DialProblemKind,
  reason: string,
  passing: boolean,
  codes: readonly string[],
): readonly (readonly [string, DialProblem])[] {
  return codes.map((code) => [code, { kind, reason, passing }] as const);
}

/** Names what an error of dialling, or of a freshly dialled stream, means; undefined when it is nothing of the kind. */
export function dialProblem(error: unknown): DialProblem | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof DialTimeout) {
      return { kind: "no-answer", reason: `it did not answer within ${openTimeoutMs / 1000} s`, passing: true };
    }
    if (at instanceof CommandFailure) return commandProblem(at);
    const known = problemsByCode.get(errnoCode(at) ?? "") ?? firstOf(at);
    if (known !== undefined) return detailed(known, at);
  }
  return undefined;
}

/** Node tries a host's addresses in turn and reports all failures in one error. */
function firstOf(error: Error): DialProblem | undefined {
  return error instanceof AggregateError
    ? error.errors.map(dialProblem).find((found) => found !== undefined)
    : undefined;
}

function detailed(found: DialProblem, error: Error): DialProblem {
  if (found.kind !== "wrong-name") return found;
  const names = /.*altnames: (.*)$/is.exec(messageOf(error))?.[1];
  return names === undefined ? found : { ...found, reason: `${found.reason} (it is for ${names})` };
}

function commandProblem(failure: CommandFailure): DialProblem {
  if (failure.missing)
    return { kind: "program", reason: `the program ${failure.program} is not installed`, passing: false };
  const said =
    failure.said === "" ? failure.message : `${failure.message}: ${failure.said.split("\n").slice(-3).join("; ")}`;
  return { kind: "program", reason: said, passing: false };
}
