/** Where a byte stream to a daemon comes from, parsed and checked, before anything is opened. */
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";

/** Certificates in PEM. What is absent is left to the platform (its trust store, no client certificate). */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** False accepts any certificate; only where the user said so. */
  readonly verify: boolean;
  /** The name the certificate must be for, if not the host's. */
  readonly serverName?: string;
  /** What is spoken inside: a Docker engine is upgraded from HTTP/1.1, BuildKit speaks HTTP/2 from the start. */
  readonly protocol: "http/1.1" | "h2";
}

export interface SocketAddress {
  readonly kind: "socket";
  /** A Unix socket's path, or a Windows pipe's. */
  readonly path: string;
}

export interface TcpAddress {
  readonly kind: "tcp";
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsMaterial;
}

/** A program whose standard input and output are the stream. */
export interface CommandAddress {
  readonly kind: "command";
  readonly program: string;
  readonly arguments: readonly string[];
}

export type Address = SocketAddress | TcpAddress | CommandAddress;

/** What an `ssh://` URL says. */
export interface SshTarget {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** A socket's path on the other machine. */
  readonly path?: string;
}

/** The arguments of `ssh` up to and including the host; what to run there follows. */
export function sshArguments(target: SshTarget): readonly string[] {
  const user = target.user === undefined ? [] : ["-l", target.user];
  const port = target.port === undefined ? [] : ["-p", String(target.port)];
  return [...user, ...port, "-o", "ConnectTimeout=30", "-T", "--", target.host];
}

/** Reads `ssh://[user@]host[:port][/socket]`. Passwords, queries and hosts that ssh would take for a flag are refused. */
export function parseSshUrl(text: string): Parsed<SshTarget> {
  const url = parseUrl(text);
  if (url === undefined || url.hostname === "") return unparsed("is not ssh://[user@]host[:port][/path of a socket]");
  if (url.password !== "") return unparsed("holds a password; use a key or an ssh agent instead");
  if (url.search !== "" || url.hash !== "") return unparsed("may not have a query or a fragment");
  const user = decodeURIComponent(url.username);
  const host = bareHost(url.hostname);
  if (host.startsWith("-") || user.startsWith("-")) return unparsed("has a host or user that begins with a dash");
  return parsed({
    host,
    ...(user === "" ? {} : { user }),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(url.pathname === "" || url.pathname === "/" ? {} : { path: decodeURIComponent(url.pathname) }),
  });
}

/** Reads `host:port`, `[v6]:port` or `host`; a path, a query or a user is refused. */
export function parseHostPort(text: string, defaultPort: number): Parsed<{ host: string; port: number }> {
  const url = parseUrl(`tcp://${text}`);
  if (url === undefined || url.hostname === "") return unparsed("has no host, or a port that is not a number");
  if (url.username !== "" || url.password !== "") return unparsed("may not hold a user or a password");
  if (!["", "/"].includes(url.pathname) || url.search !== "") return unparsed("may have nothing after the port");
  return parsed({ host: bareHost(url.hostname), port: url.port === "" ? defaultPort : Number(url.port) });
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
