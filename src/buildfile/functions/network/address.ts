/** IP addresses and prefixes. */

export interface Prefix {
  /** The address with the host bits cleared. */
  readonly address: bigint;
  readonly length: number;
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: 32 | 128;
}

/** Reads `10.1.0.0/16` and `fd00::/8`; undefined when it is neither. Host bits may be set. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^([0-9a-fA-F:.]{2,45})\/(0|[1-9][0-9]{0,2})$/.exec(text);
  if (match === null) return undefined;
  const [, address = "", lengthText] = match;
  const bits = address.includes(":") ? 128 : 32;
  const value = bits === 32 ? parseIpv4(address) : parseIpv6(address);
  const length = Number(lengthText);
  if (value === undefined || length > bits) return undefined;
  const hostBits = BigInt(bits - length);
  return { address: (value >> hostBits) << hostBits, length, bits };
}

export function formatPrefix({ address, length, bits }: Prefix): string {
  return `${formatAddress(address, bits)}/${length}`;
}

/** IPv6 in its short form: lower case, the longest run of zero groups as `::`. */
export function formatAddress(address: bigint, bits: 32 | 128): string {
  return bits === 32 ? groupsOf(address, 4, 8n).join(".") : formatIpv6(address);
}

/** The mask of a prefix as an address. */
export function maskOf({ length, bits }: Prefix): bigint {
  return ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((address, part) => (address << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  // `::` stands for one group at least.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])];
  return groups.reduce((address, group) => (address << 16n) | group, 0n);
}

/** Groups of four hexadecimal digits; the last two may be an IPv4 address. */
function parseGroups(text: string): readonly bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    const embedded = at === parts.length - 1 && part.includes(".") ? parseIpv4(part) : undefined;
    if (embedded !== undefined) groups.push(embedded >> 16n, embedded & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function formatIpv6(address: bigint): string {
  const groups = groupsOf(address, 8, 16n).map((group) => group.toString(16));
  const zeros = longestZeros(groups);
  if (zeros.length < 2) return groups.join(":");
  return `${groups.slice(0, zeros.start).join(":")}::${groups.slice(zeros.start + zeros.length).join(":")}`;
}

function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === "0") end++;
    if (end - start > longest.length) longest = { start, length: end - start };
  }
  return longest;
}

function groupsOf(address: bigint, count: number, width: bigint): readonly number[] {
  const mask = (1n << width) - 1n;
  return Array.from({ length: count }, (_, at) => Number((address >> (width * BigInt(count - 1 - at))) & mask));
}
