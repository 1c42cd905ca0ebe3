/** `security.capability` of files. Node cannot read it; GNU tar writes it into its headers, and getcap(8), where it is, tells when there is none. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { TsbakeError } from "../../../base/errors.ts";
import { findProgram, type Programs } from "../programs.ts";

export interface CapabilityOptions {
  readonly programs: Programs;
  readonly searchPath: string;
  readonly signal: AbortSignal;
}

/** Of those of the paths (below the folder) that have some. Rejects with a TsbakeError, or the signal's reason. */
export async function readCapabilities(
  folder: string,
  paths: readonly string[],
  options: CapabilityOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  if (paths.length === 0 || (await hasNone(folder, options))) return found;
  const attributes = ["--xattrs", "--xattrs-include=security.capability"];
  const words = ["-c", "-f", "-", "--no-recursion", ...attributes, "-C", folder, "--null", "-T", "-"];
  const tar = spawn(options.programs.tar, words, {
    stdio: ["pipe", "pipe", "ignore"],
    env: { LC_ALL: "C", PATH: options.searchPath },
    signal: options.signal,
  });
  const ended = new Promise<number | null>((resolve) => {
    tar.once("error", () => resolve(null));
    tar.once("close", resolve);
  });
  tar.stdin.on("error", () => {});
  tar.stdin.end(paths.map((path) => `./${path}\0`).join(""));
  await readHeaders(tar.stdout, found).catch(() => {});
  const status = await ended;
  options.signal.throwIfAborted();
  if (status === 0) return found;
  throw new TsbakeError("engine/capabilities-unread", "the capabilities of files that a command made cannot be read", {
    hint: "GNU tar with support for extended attributes is needed: install tar",
  });
}

/** Undecided where getcap is not there. */
async function hasNone(folder: string, { searchPath, signal }: CapabilityOptions): Promise<boolean> {
  const getcap = findProgram("getcap", searchPath);
  if (getcap === undefined) return false;
  const child = spawn(getcap, ["-r", folder], { stdio: ["ignore", "pipe", "ignore"], signal });
  let silent = true;
  child.stdout.on("data", () => {
    silent = false;
  });
  const status = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  signal.throwIfAborted();
  return silent && status === 0;
}

const block = 512;
const key = Buffer.from("SCHILY.xattr.security.capability=");

/** Walks over an archive and keeps of it the attributes in extended headers, which come before the header of their file. */
async function readHeaders(archive: Readable, found: Map<string, Uint8Array>): Promise<void> {
  let rest = Buffer.alloc(0);
  let skip = 0;
  let extended: Buffer | undefined;
  for await (const chunk of archive) {
    const cut = Math.min(skip, chunk.length);
    skip -= cut;
    rest = Buffer.concat([rest, chunk.subarray(cut)]);
    while (rest.length >= block && skip === 0) {
      const size = sizeOf(rest);
      const padded = Math.ceil(size / block) * block;
      const type = rest.toString("latin1", 156, 157);
      if (type === "x" || type === "L") {
        if (rest.length < block + padded) break;
        if (type === "x") extended = Buffer.from(rest.subarray(block, block + size));
        rest = rest.subarray(block + padded);
        continue;
      }
      const capability = extended && attributeIn(extended);
      const path = (extended && textIn(extended, "path=")) ?? nameIn(rest);
      if (capability !== undefined) found.set(path.replace(/^\.\//, ""), capability);
      extended = undefined;
      const held = Math.min(rest.length - block, padded);
      skip = padded - held;
      rest = rest.subarray(block + held);
    }
  }
}

/** Octal, or binary where it is too large for that. */
function sizeOf(header: Buffer): number {
  if ((header.readUInt8(124) & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(header.toString("latin1", 124, 136).replace(/[\0 ]+$/, ""), 8) || 0;
}

function nameIn(header: Buffer): string {
  const field = (from: number, to: number): string => header.toString("utf8", from, to).replace(/\0[\s\S]*$/, "");
  const prefix = field(345, 500);
  return prefix === "" ? field(0, 100) : `${prefix}/${field(0, 100)}`;
}

/** Records are `length key=value\n`. */
function* recordsOf(extended: Buffer): Generator<Buffer> {
  for (let start = 0; start < extended.length; ) {
    const space = extended.indexOf(0x20, start);
    const length = Number.parseInt(extended.toString("latin1", start, space), 10);
    if (space === -1 || !(length > 0)) return;
    yield extended.subarray(space + 1, start + length - 1);
    start += length;
  }
}

function attributeIn(extended: Buffer): Uint8Array | undefined {
  for (const record of recordsOf(extended)) {
    if (record.subarray(0, key.length).equals(key)) return new Uint8Array(record.subarray(key.length));
  }
  return undefined;
}

function textIn(extended: Buffer, name: string): string | undefined {
  for (const record of recordsOf(extended)) {
    if (record.toString("latin1", 0, name.length) === name) return record.toString("utf8", name.length);
  }
  return undefined;
}
