/** Which proxy a request goes through: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, as most programs read them. */
import { BlockList, isIP, isIPv6 } from "node:net";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import { HttpError } from "./http-error.ts";

/**
 * Undefined: none. This machine's own addresses are never behind one. Throws an HttpError for a proxy of a kind that is not spoken, or
 * that is no address.
 */
export function proxyFor(url: URL, environment: HostEnvironment): URL | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const given = eitherCase(environment, name);
  if (given === undefined || isDirect(url, eitherCase(environment, "NO_PROXY") ?? "")) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const hint = `Correct the variable ${name}, or take ${url.hostname} out of it with NO_PROXY.`;
  if (!URL.canParse(text)) throw new HttpError("the address of the proxy is none", { hint });
  const proxy = new URL(text);
  if (proxy.protocol === "http:" || proxy.protocol === "https:") return proxy;
  throw new HttpError(`proxies of the kind ${proxy.protocol}// are not supported`, { hint });
}

/** The value of `Proxy-Authorization`, when the address of the proxy has a user. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === "") return undefined;
  const secret = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(secret).toString("base64")}`;
}

/** The port of an address, the default one of its protocol included. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

/** A host name as sockets take it: IPv6 addresses without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d+){3}$/.test(host);
}

function eitherCase(environment: HostEnvironment, name: string): string | undefined {
  return variable(environment, name) ?? variable(environment, name.toLowerCase());
}

function isDirect(url: URL, exceptions: string): boolean {
  const host = hostOf(url).toLowerCase();
  if (isLoopback(host)) return true;
  return exceptions
    .split(",")
    .map((each) => each.trim().toLowerCase())
    .some((each) => each !== "" && matches(each, host, portOf(url)));
}

/** `*`, an address, a range of addresses (`10.0.0.0/8`), a domain with all below it (`.corp` and `*.corp`: only what is below), any with a port. */
function matches(exception: string, host: string, port: number): boolean {
  if (exception === "*") return true;
  if (exception.includes("/")) return isInRange(exception, host);
  const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(exception) ?? [];
  const bare = isIP(exception) === 0 ? name.replace(/^\[|\]$/g, "") : exception;
  if (bare !== exception && only !== undefined && Number(only) !== port) return false;
  if (isIP(bare) !== 0) return bare === host;
  const domain = bare.startsWith("*.") ? bare.slice(1) : bare;
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isInRange(range: string, host: string): boolean {
  const [network = "", length = ""] = range.split("/");
  if (isIP(host) === 0 || isIP(network) !== isIP(host)) return false;
  const bits = Number(length);
  if (!Number.isInteger(bits) || bits < 0 || bits > (isIPv6(host) ? 128 : 32)) return false;
  const list = new BlockList();
  const family = isIPv6(host) ? "ipv6" : "ipv4";
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}
