/** The remote driver: builds on a BuildKit daemon that somebody else runs. */
import { messageOf, TsbakeError } from "../../base/errors.ts";
import type { HostEnvironment } from "../../base/host-environment.ts";
import { stripControl } from "../../base/text.ts";
import { openBuildkitNode } from "../../buildkit/node/node.ts";
import { RpcError } from "../../buildkit/rpc/status.ts";
import type { ProvenanceDetail } from "../../buildkit/solve/recorded-provenance.ts";
import type { BuildNode } from "../../execute/ports.ts";
import { type DialProblem, type DialProblemKind, dial, dialProblem } from "../dial.ts";
import { loadRemoteEndpoint, type RemoteEndpoint } from "./endpoint.ts";

export interface RemoteNodeOptions {
  readonly environment: HostEnvironment;
  readonly name: string;
  /** `unix:///run/buildkit/buildkitd.sock`, `tcp://host:1234`, `ssh://user@host`. */
  readonly endpoint: string;
  /** `cacert`, `cert`, `key`, `servername`. */
  readonly options?: ReadonlyMap<string, string>;
  /** How long a daemon that is not there yet is waited for; 20 s by default. */
  readonly readyWithinMs?: number;
  readonly provenance?: ProvenanceDetail;
  /** Those it is there for, normalised, whatever else it says it can do. */
  readonly platforms?: readonly string[];
}

/**
 * Opens a remote daemon. Rejects with a TsbakeError for an endpoint, options or certificates that cannot be used; whether the daemon
 * is there shows at the first call.
 */
export async function openRemoteNode(options: RemoteNodeOptions): Promise<BuildNode> {
  const endpoint = await loadRemoteEndpoint(options.endpoint, options.options ?? new Map());
  return openBuildkitNode({
    host: options.environment,
    ...(options.provenance === undefined ? {} : { provenance: options.provenance }),
    ...(options.platforms === undefined ? {} : { platforms: options.platforms }),
    transport: {
      name: options.name,
      description: `remote (${endpoint.url})`,
      kind: "buildkitd",
      authority: endpoint.authority,
      dial: (signal) => dial(endpoint.address, signal),
      readyWithinMs: options.readyWithinMs ?? 20_000,
      readyWhenDialled: false,
      explain: (error) => explainRemote(endpoint, error),
    },
  });
}

const codes: Readonly<Record<DialProblemKind, string>> = {
  missing: "drivers/no-socket",
  denied: "drivers/permission-denied",
  refused: "drivers/refused",
  unreachable: "drivers/unreachable",
  "unknown-host": "drivers/unknown-host",
  "no-answer": "drivers/no-answer",
  "untrusted-certificate": "drivers/untrusted-certificate",
  "wrong-name": "drivers/wrong-name",
  "client-certificate": "drivers/client-certificate",
  tls: "drivers/not-tls",
  program: "drivers/command-failed",
  lost: "drivers/connection-closed",
};

const hints: Readonly<Record<DialProblemKind, string>> = {
  missing: "start buildkitd, or correct the path",
  denied: "the socket belongs to another user; run as that user, or change its group",
  refused: "start buildkitd there, or correct the host and port",
  unreachable: "check the network, or correct the address",
  "unknown-host": "correct the host name",
  "no-answer": "check that the host is up and that no firewall is in the way",
  "untrusted-certificate": "give the authority that signed it with cacert=/path/ca.pem",
  "wrong-name": "give the name the certificate is for with servername=NAME",
  "client-certificate": "give one the daemon accepts with cert=/path/cert.pem and key=/path/key.pem",
  tls: "remove cacert, cert, key and servername, or start buildkitd with --tlscert and --tlskey",
  program: "try the same command in a terminal",
  lost: "if the daemon uses TLS, give cacert=/path/ca.pem; otherwise see its log",
};

const lostBehindTls = "see its log; perhaps it does not accept our client certificate";

function explainRemote(endpoint: RemoteEndpoint, error: unknown): unknown {
  const problem = problemOf(error);
  if (problem === undefined) return error;
  const subject = `cannot reach the BuildKit daemon at ${endpoint.url}`;
  const secured = endpoint.address.kind === "tcp" && endpoint.address.tls !== undefined;
  return new TsbakeError(codes[problem.kind], `${subject}: ${stripControl(problem.reason)}`, {
    hint: secured && problem.kind === "lost" ? lostBehindTls : hints[problem.kind],
    retryable: problem.passing,
    cause: error,
  });
}

function problemOf(error: unknown): DialProblem | undefined {
  const known = dialProblem(error);
  if (known !== undefined) return known;
  if (error instanceof RpcError && error.code === "DEADLINE_EXCEEDED") {
    return { kind: "no-answer", reason: "it took the connection but does not answer", passing: true };
  }
  if (error instanceof RpcError && error.code === "UNAVAILABLE") {
    return { kind: "lost", reason: `it is not ready (${error.message})`, passing: true };
  }
  if (error instanceof RpcError) return { kind: "lost", reason: error.message, passing: false };
  if (error instanceof TsbakeError && error.code === "buildkit/connection-lost") {
    const why = error.cause instanceof Error ? ` (${messageOf(error.cause)})` : "";
    return {
      kind: "lost",
      reason: `what listens there does not speak gRPC, or ended the connection${why}`,
      passing: true,
    };
  }
  return undefined;
}
