/** The address and options of a remote builder, as `create --driver remote` takes them. */
import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import type { Parsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";
import { type Address, parseHostPort, parseSshUrl, sshArguments, type TlsMaterial } from "../address.ts";

export interface RemoteEndpoint {
  /** As the user wrote it. */
  readonly url: string;
  readonly address: Address;
  /** What the daemon is called in the calls' `:authority`. */
  readonly authority: string;
}

const schemes = ["unix", "tcp", "npipe", "ssh", "docker-container", "kube-pod"] as const;
const tlsOptions = ["cacert", "cert", "key", "servername"];
/** Of the client; accepted here because they live in the same list. */
const otherOptions = ["default-load"];
const defaultPort = 1234;

/** Reads and checks an endpoint and its driver options, certificates included. Throws a TsbakeError that says what is wrong. */
export async function loadRemoteEndpoint(url: string, options: ReadonlyMap<string, string>): Promise<RemoteEndpoint> {
  for (const key of options.keys()) {
    if (tlsOptions.includes(key) || otherOptions.includes(key)) continue;
    throw new TsbakeError("drivers/unknown-option", `the remote driver has no option ${JSON.stringify(key)}`, {
      hint: didYouMean(key, tlsOptions) ?? `its options: ${[...tlsOptions, ...otherOptions].join(", ")}`,
    });
  }
  return parseRemoteUrl(url, await loadTls(url, options));
}

/** Reads the URL of a remote builder. Throws a TsbakeError when it is none. */
export function parseRemoteUrl(url: string, tls?: TlsMaterial): RemoteEndpoint {
  const [, scheme, rest = ""] = /^([a-z-]+):\/\/(.*)$/s.exec(url) ?? [];
  if (tls !== undefined && scheme !== "tcp") throw badUrl(url, "cannot use certificates: they are for tcp:// only");
  switch (scheme) {
    case "unix":
      if (!rest.startsWith("/")) throw badUrl(url, "needs an absolute path: unix:///path/to/buildkitd.sock");
      return { url, address: { kind: "socket", path: rest }, authority: "localhost" };
    case "npipe":
      return { url, address: { kind: "socket", path: rest.replaceAll("/", "\\") }, authority: "localhost" };
    case "tcp": {
      const target = need(url, parseHostPort(rest, defaultPort));
      const host = target.host.includes(":") ? `[${target.host}]` : target.host;
      const authority = tls?.serverName ?? `${host}:${target.port}`;
      return { url, authority, address: { kind: "tcp", ...target, ...(tls === undefined ? {} : { tls }) } };
    }
    case "ssh":
      return command(url, "ssh", sshCommand(url));
    case "docker-container":
      return command(url, "docker", containerCommand(url));
    case "kube-pod":
      return command(url, "kubectl", podCommand(url));
    default:
      throw badUrl(url, `has no scheme that is known (${schemes.join(", ")})`);
  }
}

function command(url: string, program: string, args: readonly string[]): RemoteEndpoint {
  return { url, address: { kind: "command", program, arguments: args }, authority: "localhost" };
}

function sshCommand(url: string): readonly string[] {
  const target = need(url, parseSshUrl(url));
  const socket = target.path === undefined ? [] : ["--addr", `unix://${target.path}`];
  return [...sshArguments(target), "buildctl", ...socket, "dial-stdio"];
}

function containerCommand(url: string): readonly string[] {
  const { name, query } = named(url, ["context"]);
  const context = query.get("context");
  return [...(context === null ? [] : [`--context=${context}`]), "exec", "-i", name, "buildctl", "dial-stdio"];
}

function podCommand(url: string): readonly string[] {
  const { name, query } = named(url, ["context", "namespace", "container"]);
  const flag = (key: string): readonly string[] => (query.get(key) === null ? [] : [`--${key}=${query.get(key)}`]);
  return [
    ...flag("context"),
    ...flag("namespace"),
    "exec",
    ...flag("container"),
    "-i",
    name,
    "--",
    "buildctl",
    "dial-stdio",
  ];
}

function named(url: string, keys: readonly string[]): { readonly name: string; readonly query: URLSearchParams } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const name = parsed?.hostname ?? "";
  if (parsed === undefined || !/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) || !["", "/"].includes(parsed.pathname)) {
    throw badUrl(url, "has no name that could be meant");
  }
  for (const key of parsed.searchParams.keys()) {
    if (!keys.includes(key))
      throw badUrl(url, `has a parameter ${JSON.stringify(key)} that is none of ${keys.join(", ")}`);
  }
  return { name, query: parsed.searchParams };
}

function need<T>(url: string, parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw badUrl(url, parsed.message);
}

function badUrl(url: string, message: string): TsbakeError {
  return new TsbakeError(
    "drivers/bad-address",
    `the endpoint ${JSON.stringify(url.replace(/:[^:@/]*@/, ":***@"))} ${message}`,
    {
      hint: "a remote endpoint is unix:///path/buildkitd.sock, tcp://host:1234 or ssh://user@host",
    },
  );
}

/** Any of the four options turns TLS on. */
async function loadTls(url: string, options: ReadonlyMap<string, string>): Promise<TlsMaterial | undefined> {
  const given = tlsOptions.filter((key) => options.get(key));
  if (given.length === 0) return undefined;
  if (!given.includes("cacert")) throw tlsProblem(url, `option ${given[0]} needs option cacert as well`);
  if (given.includes("cert") !== given.includes("key")) throw tlsProblem(url, "options cert and key come together");
  const [ca, cert, key] = await Promise.all([
    readPem(options, "cacert"),
    readPem(options, "cert"),
    readPem(options, "key"),
  ]);
  const serverName = options.get("servername");
  return {
    verify: true,
    protocol: "h2",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName ? { serverName } : {}),
  };
}

function tlsProblem(url: string, message: string): TsbakeError {
  return new TsbakeError("drivers/bad-certificate-options", `remote builder ${url}: ${message}`, {
    hint: "give cacert=/path/ca.pem, and for a client certificate cert=/path/cert.pem and key=/path/key.pem",
  });
}

async function readPem(options: ReadonlyMap<string, string>, name: string): Promise<Buffer | undefined> {
  const path = options.get(name);
  if (!path) return undefined;
  if (!isAbsolute(path)) {
    throw new TsbakeError(
      "drivers/bad-certificate-options",
      `option ${name} must be an absolute path, not ${JSON.stringify(path)}`,
      {
        hint: "builders are used from any folder, so their files are named in full",
      },
    );
  }
  try {
    const content = await readFile(path);
    if (content.includes("-----BEGIN ")) return content;
    throw new TypeError("it holds no PEM block");
  } catch (error) {
    throw new TsbakeError("drivers/certificate-unreadable", `cannot use ${name} ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
