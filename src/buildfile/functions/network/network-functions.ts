/** Calculations with network prefixes. */
import { FunctionFailure } from "../../hcl/function.ts";
import { listValue, numberType, stringType, stringValue } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { define, type FunctionTable, variadic } from "../define.ts";
import { formatAddress, formatPrefix, maskOf, type Prefix, parsePrefix } from "./address.ts";

/** How far one call extends a prefix at most. */
const mostNewBits = 32;

const prefix = stringType;

export const networkFunctions: FunctionTable = {
  cidrhost: define(
    "The address of a host in a network, by its number; a negative one counts from the end.",
    { prefix, hostnum: numberType },
    (args) => {
      const network = prefixAt(args, 0);
      return stringValue(formatAddress(hostAddress(network, args.integer(1)), network.bits));
    },
  ),
  cidrnetmask: define("The mask of a network as an address.", { prefix }, (args) => {
    const network = prefixAt(args, 0);
    return stringValue(formatAddress(maskOf(network), network.bits));
  }),
  cidrsubnet: define(
    "A part of a network, by the number of bits that tell its parts apart and its own number.",
    { prefix, newbits: numberType, netnum: numberType },
    (args) => stringValue(formatPrefix(subnet(prefixAt(args, 0), args.integer(1), args.integer(2)))),
  ),
  cidrsubnets: define(
    "Parts of a network, one behind the other, by the number of bits each adds to the prefix.",
    { prefix, newbits: variadic(numberType) },
    (args) =>
      listValue(
        stringType,
        subnets(args).map((part) => stringValue(formatPrefix(part))),
      ),
  ),
};

function prefixAt(args: Arguments, at: number): Prefix {
  const parsed = parsePrefix(args.text(at));
  if (parsed !== undefined) return parsed;
  throw new FunctionFailure(
    `must be a network such as 10.1.0.0/16 or fd00::/8, not ${JSON.stringify(args.text(at))}`,
    at,
  );
}

function hostAddress({ address, length, bits }: Prefix, host: number): bigint {
  const last = (1n << BigInt(bits - length)) - 1n;
  const offset = host < 0 ? last + 1n + BigInt(host) : BigInt(host);
  if (offset < 0n || offset > last) throw new FunctionFailure(`a /${length} network has no host number ${host}`, 1);
  return address + offset;
}

function subnet(network: Prefix, newBits: number, number: number): Prefix {
  const extended = extend(network, { newBits, lowest: 0, argument: 1 });
  if (number < 0 || BigInt(number) >= 1n << BigInt(newBits)) {
    throw new FunctionFailure(
      `there is no part number ${number} among the ${2 ** newBits} that ${newBits} bits tell apart`,
      2,
    );
  }
  return { ...extended, address: network.address + (BigInt(number) << BigInt(extended.bits - extended.length)) };
}

function subnets(args: Arguments): readonly Prefix[] {
  const network = prefixAt(args, 0);
  const end = network.address + sizeOf(network);
  let next = network.address;
  const parts: Prefix[] = [];
  for (let at = 1; at < args.length; at++) {
    const extended = extend(network, { newBits: args.integer(at), lowest: 1, argument: at });
    const size = sizeOf(extended);
    // A network begins at a multiple of its size.
    const address = ((next + size - 1n) / size) * size;
    if (address + size > end) throw new FunctionFailure(`no room is left in the network for a /${extended.length}`, at);
    parts.push({ ...extended, address });
    next = address + size;
  }
  return parts;
}

function extend(
  network: Prefix,
  { newBits, lowest, argument }: { readonly newBits: number; readonly lowest: number; readonly argument: number },
): Prefix {
  if (newBits < lowest || newBits > mostNewBits) {
    throw new FunctionFailure(`must be between ${lowest} and ${mostNewBits}, but is ${newBits}`, argument);
  }
  const length = network.length + newBits;
  if (length <= network.bits) return { ...network, length };
  const family = network.bits === 32 ? "IPv4" : "IPv6";
  throw new FunctionFailure(
    `${newBits} bits more make a /${length}, but ${family} addresses have ${network.bits} bits`,
    argument,
  );
}

function sizeOf({ length, bits }: Prefix): bigint {
  return 1n << BigInt(bits - length);
}
