/** What to tell somebody whose Docker engine cannot be reached. */
import { messageOf, TsbakeError } from "../../base/errors.ts";
import { stripControl } from "../../base/text.ts";
import { DeadlineExceeded } from "../deadline.ts";
import { type DialProblem, type DialProblemKind, dialProblem } from "../dial.ts";
import type { DockerEndpoint } from "../docker/endpoint.ts";

const codes: Partial<Record<DialProblemKind, string>> = {
  denied: "drivers/permission-denied",
  "untrusted-certificate": "drivers/untrusted-certificate",
  "wrong-name": "drivers/wrong-name",
  "client-certificate": "drivers/client-certificate",
  tls: "drivers/not-tls",
};

/** The error for an engine that cannot be reached; anything that is not about reaching it is returned as it is. */
export function engineUnreachable(endpoint: DockerEndpoint, error: unknown): unknown {
  if (error instanceof TsbakeError) return error;
  const problem = problemOf(error);
  if (problem === undefined) return error;
  const code = codes[problem.kind] ?? "drivers/no-engine";
  return new TsbakeError(code, `cannot reach the Docker engine at ${endpoint.host}: ${stripControl(problem.reason)}`, {
    hint: hintFor(problem.kind, endpoint),
    retryable: problem.passing,
    cause: error,
  });
}

function problemOf(error: unknown): DialProblem | undefined {
  if (error instanceof DeadlineExceeded) return { kind: "no-answer", reason: messageOf(error), passing: true };
  // An answer that is no HTTP, or none at all: whatever listens there is no engine.
  if (error instanceof Error && "code" in error && String(error.code).startsWith("HPE_")) {
    return { kind: "lost", reason: "what listens there does not speak HTTP", passing: false };
  }
  return dialProblem(error);
}

function hintFor(kind: DialProblemKind, endpoint: DockerEndpoint): string {
  const where =
    endpoint.origin === "the default" ? "or set DOCKER_HOST to where it is" : `or correct ${endpoint.origin}`;
  switch (kind) {
    case "denied":
      return "run as a user of the docker group (usermod -aG docker NAME, then log in again), or as root";
    case "untrusted-certificate":
    case "wrong-name":
      return `check ca.pem in DOCKER_CERT_PATH, or the name in ${endpoint.host}`;
    case "client-certificate":
      return "put cert.pem and key.pem of a client the engine accepts into DOCKER_CERT_PATH";
    case "tls":
      return "unset DOCKER_TLS_VERIFY and DOCKER_TLS if the engine is reached without TLS";
    case "program":
      return "try the same command in a terminal; docker must be installed on the other machine";
    default:
      return `start the Docker engine, ${where}`;
  }
}
