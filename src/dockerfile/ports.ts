/** What EXPOSE names, once expanded: `80`, `53/udp`, `8000-8005`. */
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";

export interface ExposedPorts {
  /** `8000/tcp`, one for each port of a range, the protocol in lower case. */
  readonly ports: readonly string[];
  /** The protocol as it is written. */
  readonly protocol: string;
  /** A port of the host or an address stands before it, which means nothing here. */
  readonly mapped: boolean;
}

/** One word of EXPOSE. An address and a port of the host are checked and passed over. */
export function parsePorts(word: string): Parsed<ExposedPorts> {
  const parts = word.split(":");
  const container = parts.at(-1) ?? "";
  const host = parts.at(-2) ?? "";
  const address = parts.slice(0, -2).join(":");
  const [range = "", protocol = ""] = splitOnce(container, "/");
  if (range === "") return unparsed(`${JSON.stringify(word)} names no port`);
  if (!/^(?:|tcp|udp|sctp)$/i.test(protocol)) {
    return unparsed(`there is no protocol ${JSON.stringify(protocol)}: use tcp, udp or sctp`);
  }
  if (address !== "" && !isAddress(address)) return unparsed(`${JSON.stringify(address)} is no IP address`);
  const ports = parseRange(range);
  if (ports === undefined) return unparsed(`${JSON.stringify(range)} is no port, and no range of ports`);
  const complaint = hostComplaint(host, ports);
  if (complaint !== undefined) return unparsed(complaint);
  const suffix = (protocol || "tcp").toLowerCase();
  const all = Array.from({ length: ports.end - ports.start + 1 }, (_, i) => `${ports.start + i}/${suffix}`);
  return parsed({ ports: all, protocol: protocol || "tcp", mapped: address !== "" || host !== "" });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function hostComplaint(host: string, ports: Range): string | undefined {
  if (host === "") return undefined;
  const range = parseRange(host);
  if (range === undefined) return `${JSON.stringify(host)} is no port of the host`;
  if (ports.start === ports.end || ports.end - ports.start === range.end - range.start) return undefined;
  return `the ranges ${host} and ${ports.start}-${ports.end} differ in length`;
}

function parseRange(text: string): Range | undefined {
  const [first = "", last = first] = splitOnce(text, "-");
  const start = parsePort(first);
  const end = parsePort(last);
  return start === undefined || end === undefined || end < start ? undefined : { start, end };
}

function parsePort(text: string): number | undefined {
  const port = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/** Loose, as nothing comes of it. */
function isAddress(text: string): boolean {
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (/^\d+(?:\.\d+){3}$/.test(address)) return address.split(".").every((part) => Number(part) <= 255);
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address);
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
