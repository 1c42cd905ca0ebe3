/** Which Docker engine is meant: `DOCKER_HOST`, the docker context in force, or the default socket. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCsvRecord } from "../../base/csv.ts";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { dockerConfigFolder, type HostEnvironment, variable } from "../../base/host-environment.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { type Address, parseHostPort, parseSshUrl, sshArguments, type TlsMaterial } from "../address.ts";
import { type DockerConfigFile, loadDockerConfig, proxyBuildArguments } from "./config-file.ts";
import { loadDockerContext } from "./contexts.ts";

export interface DockerEndpoint {
  /** The docker context's name; `default` when a host was given. */
  readonly context: string;
  /** As docker spells it: `unix:///var/run/docker.sock`. */
  readonly host: string;
  readonly address: Address;
  /** Where the host was said: `DOCKER_HOST`, `the docker context "x"`, `the default`. For messages. */
  readonly origin: string;
  /** Sent with every call of the Engine API. */
  readonly headers: ReadonlyMap<string, string>;
  /** Build arguments the docker configuration gives to builds on this engine. */
  readonly proxyArguments: ReadonlyMap<string, string>;
}

export interface DockerChoice {
  /** A docker context to use, whatever the environment says. */
  readonly context?: string;
  /** An engine's address to use, whatever the environment says. */
  readonly host?: string;
}

/**
 * Finds the engine: the given context, else the given host, else `DOCKER_HOST`, `DOCKER_CONTEXT`, the configuration's current
 * context, the default socket. Throws a TsbakeError for an unknown context, an address that cannot be used or unreadable certificates.
 */
export async function resolveDockerEndpoint(
  environment: HostEnvironment,
  choice: DockerChoice = {},
): Promise<DockerEndpoint> {
  const folder = dockerConfigFolder(environment);
  const config = await loadDockerConfig(folder);
  const named = await namedEndpoint(environment, choice, config, folder);
  return {
    ...named,
    headers: new Map([...config.httpHeaders, ...customHeaders(environment)]),
    proxyArguments: proxyBuildArguments(config, named.host),
  };
}

type NamedEndpoint = Pick<DockerEndpoint, "context" | "host" | "address" | "origin">;

async function namedEndpoint(
  environment: HostEnvironment,
  choice: DockerChoice,
  config: DockerConfigFile,
  folder: string,
): Promise<NamedEndpoint> {
  const fromEnvironment = variable(environment, "DOCKER_HOST");
  const context = choice.context ?? contextInForce(environment, choice, config);
  if (context !== undefined && context !== "default") return contextEndpoint(environment, folder, context);
  const given = choice.context === undefined ? choice.host : undefined;
  const host = given ?? fromEnvironment ?? defaultHost(environment);
  const origin =
    given !== undefined ? "the given address" : fromEnvironment !== undefined ? "DOCKER_HOST" : "the default";
  const tls = await environmentTls(environment, folder);
  return { context: "default", host, origin, address: parseDockerHost(host, origin, tls) };
}

function contextInForce(
  environment: HostEnvironment,
  choice: DockerChoice,
  config: DockerConfigFile,
): string | undefined {
  if (choice.host !== undefined || variable(environment, "DOCKER_HOST") !== undefined) return undefined;
  return variable(environment, "DOCKER_CONTEXT") ?? config.currentContext;
}

async function contextEndpoint(environment: HostEnvironment, folder: string, name: string): Promise<NamedEndpoint> {
  const context = await loadDockerContext(folder, name);
  const origin = `the docker context ${JSON.stringify(name)}`;
  const host = context.host || defaultHost(environment);
  const material = await readMaterial(context.tlsFolder);
  const wanted = context.skipTlsVerify || Object.keys(material).length > 0;
  const tls: TlsMaterial | undefined = wanted
    ? { ...material, verify: !context.skipTlsVerify, protocol: "http/1.1" }
    : undefined;
  return { context: name, host, origin, address: parseDockerHost(host, origin, tls) };
}

function defaultHost(environment: HostEnvironment): string {
  return environment.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
}

/** Reads an address as docker writes it; `host:port` without a scheme is tcp. Throws a TsbakeError that says what is wrong with it. */
export function parseDockerHost(host: string, origin: string, tls: TlsMaterial | undefined): Address {
  const [, scheme = "tcp", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(host) ?? [];
  switch (scheme) {
    case "unix":
      return { kind: "socket", path: need(host, origin, filePath(rest)) };
    case "npipe":
      return { kind: "socket", path: rest.replaceAll("/", "\\") };
    case "tcp":
    case "http":
    case "https":
      return {
        kind: "tcp",
        ...need(host, origin, parseHostPort(rest, tls === undefined ? 2375 : 2376)),
        ...(tls === undefined ? {} : { tls }),
      };
    case "ssh":
      return sshAddress(host, origin);
    default:
      throw badHost(host, origin, "has a scheme that is none of unix, tcp, ssh and npipe");
  }
}

function filePath(path: string): Parsed<string> {
  return path.startsWith("/") ? parsed(path) : unparsed("needs an absolute path: unix:///path/to/docker.sock");
}

function sshAddress(host: string, origin: string): Address {
  const target = need(host, origin, parseSshUrl(host));
  const socket = target.path === undefined ? [] : [`--host=unix://${target.path}`];
  return {
    kind: "command",
    program: "ssh",
    arguments: [...sshArguments(target), "docker", ...socket, "system", "dial-stdio"],
  };
}

function need<T>(host: string, origin: string, result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw badHost(host, origin, result.message);
}

function badHost(host: string, origin: string, message: string): TsbakeError {
  const shown = JSON.stringify(host.replace(/:[^:@/]*@/, ":***@"));
  return new TsbakeError("drivers/bad-address", `the engine address ${shown} (from ${origin}) ${message}`, {
    hint: "an address is unix:///path, tcp://host:port or ssh://user@host",
  });
}

async function environmentTls(environment: HostEnvironment, folder: string): Promise<TlsMaterial | undefined> {
  const verify = variable(environment, "DOCKER_TLS_VERIFY") !== undefined;
  if (!verify && variable(environment, "DOCKER_TLS") === undefined) return undefined;
  return { ...(await readMaterial(variable(environment, "DOCKER_CERT_PATH") ?? folder)), verify, protocol: "http/1.1" };
}

async function readMaterial(folder: string): Promise<Pick<TlsMaterial, "ca" | "cert" | "key">> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readIfThere(join(folder, name))),
  );
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw new TsbakeError(
      "drivers/certificate-unreadable",
      `cannot read the certificate ${path}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** `DOCKER_CUSTOM_HEADERS`: `name=value` pairs as CSV. */
function customHeaders(environment: HostEnvironment): readonly [string, string][] {
  const text = variable(environment, "DOCKER_CUSTOM_HEADERS");
  if (text === undefined) return [];
  const parsed = parseCsvRecord(text);
  const fields = parsed.ok ? parsed.fields : [];
  const pairs = fields.map((field) => field.split("=", 1).concat(field.slice(field.indexOf("=") + 1)));
  if (!parsed.ok || fields.some((field) => field.indexOf("=") < 1)) {
    throw new TsbakeError("drivers/bad-headers", "DOCKER_CUSTOM_HEADERS is not a list of name=value pairs", {
      hint: 'write it like DOCKER_CUSTOM_HEADERS="X-One=1,X-Two=2"',
    });
  }
  return pairs.map(([name = "", value = ""]) => [name, value]);
}
