/** Where a registry is: the places that are asked for its content, the registry itself last. */
import { readFile } from "node:fs/promises";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import type { HostEnvironment } from "../../base/host-environment.ts";
import { hostOf, isLoopback } from "../http/proxy.ts";
import { blindTrust, readTrust, type Trust, trustOf } from "../http/trust.ts";
import { type HostEntry, readHostsFile } from "./hosts-file.ts";
import { mirrorsOf } from "./mirror-list.ts";

export interface Endpoint {
  /** Whose credentials are used, and what people are told. */
  readonly host: string;
  /** Ends in `/v2/`. The first that speaks the protocol is used. */
  readonly roots: readonly Root[];
  readonly headers: Readonly<Record<string, string>>;
  /** For a mirror: the registry it stands for, which it is told. */
  readonly mirrorOf: string | undefined;
  readonly canResolve: boolean;
  readonly insecure: boolean;
}

export interface Root {
  readonly url: URL;
  readonly trust: Trust;
}

export interface Endpoints {
  /** In the order in which they are asked. */
  readonly pull: readonly Endpoint[];
  readonly origin: Endpoint;
}

/** Throws a TsbakeError when what the machine says of the registry cannot be read. */
export async function findEndpoints(
  registry: string,
  environment: HostEnvironment,
  insecure: boolean,
): Promise<Endpoints> {
  const file = await readHostsFile(environment, registry);
  const named = await Promise.all(
    mirrorsOf(registry, environment).map(async (address) => {
      const url = rootOf(address, false);
      const trust = await readTrust(environment, url.host);
      return endpointOf(url, trust, registry, { canResolve: true });
    }),
  );
  const listed = (file?.hosts ?? []).filter(({ capabilities }) => capabilities.has("pull"));
  const mirrors = [...named, ...(await Promise.all(listed.map((entry) => mirrorOf(entry, registry, environment))))];
  const server = file?.server;
  const origin =
    server === undefined || insecure
      ? await originOf(registry, environment, insecure)
      : { ...(await mirrorOf(server, registry, environment)), host: registry, mirrorOf: undefined, canResolve: true };
  return {
    pull: [...mirrors.filter(({ roots: [root] }) => root?.url.href !== origin.roots[0]?.url.href), origin],
    origin,
  };
}

async function originOf(registry: string, environment: HostEnvironment, insecure: boolean): Promise<Endpoint> {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const url = new URL(`https://${host}/v2/`);
  const plain = new URL(`http://${host}/v2/`);
  const common = { host: registry, headers: {}, mirrorOf: undefined, canResolve: true, insecure };
  if (insecure)
    return {
      ...common,
      roots: [
        { url, trust: blindTrust },
        { url: plain, trust: blindTrust },
      ],
    };
  const own = await readTrust(environment, registry);
  const trust =
    registry === "docker.io" && own.authorities.length + own.clients.length === 0
      ? await readTrust(environment, host)
      : own;
  const local = isLoopback(hostOf(url));
  return {
    ...common,
    roots: local
      ? [
          { url: plain, trust },
          { url, trust },
        ]
      : [{ url, trust }],
  };
}

async function mirrorOf(entry: HostEntry, registry: string, environment: HostEnvironment): Promise<Endpoint> {
  const url = rootOf(entry.address, entry.overridePath);
  const own = entry.authorities.length + entry.clients.length > 0;
  const trust = entry.skipVerify
    ? { ...(await readFiles(entry, environment)), unchecked: true }
    : own
      ? await readFiles(entry, environment)
      : await readTrust(environment, url.host);
  return {
    ...endpointOf(url, trust, registry, { canResolve: entry.capabilities.has("resolve") }),
    headers: entry.headers,
  };
}

function endpointOf(
  url: URL,
  trust: Trust,
  registry: string,
  { canResolve }: { readonly canResolve: boolean },
): Endpoint {
  return {
    host: url.host,
    roots: [{ url, trust }],
    headers: {},
    mirrorOf: registry,
    canResolve,
    insecure: trust.unchecked || url.protocol === "http:",
  };
}

function rootOf(address: string, overridePath: boolean): URL {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = overridePath || path.endsWith("/v2") ? `${path}/` : `${path}/v2/`;
  url.search = "";
  url.hash = "";
  return url;
}

async function readFiles({ authorities, clients }: HostEntry, environment: HostEnvironment): Promise<Trust> {
  const pairs = clients.map(async ({ cert, key }) => ({ cert: await read(cert), key: await read(key) }));
  return trustOf(environment, await Promise.all(authorities.map(read)), await Promise.all(pairs));
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new TsbakeError("registry/bad-certificates", `cannot read ${file}: ${messageOf(error)}`, {
      hint: "It is named in a hosts.toml; correct it there.",
      cause: error,
    });
  }
}
