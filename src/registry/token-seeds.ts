/**
 * Random seeds, one for each registry, that keys for token requests are derived from. They are kept where the docker
 * command line's builder keeps them, so that a daemon sees the same client in both.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const seedBytes = 16;

export interface TokenSeeds {
  /** The seed of a registry, made when there is none yet. Never rejects: what cannot be kept is made for this run. */
  readonly seed: (host: string) => Promise<Uint8Array>;
}

/** In docker's configuration folder. */
export function createTokenSeeds(folder: string): TokenSeeds {
  const made = new Map<string, Promise<Uint8Array>>();
  // One after the other, each reads what the one before has written.
  let busy: Promise<unknown> = Promise.resolve();
  return {
    seed: (host) => {
      const known = made.get(host);
      if (known !== undefined) return known;
      const seed = busy.then(() => readOrMake(folder, host));
      made.set(host, seed);
      busy = seed;
      return seed;
    },
  };
}

async function readOrMake(folder: string, host: string): Promise<Uint8Array> {
  const path = join(folder, ".token_seed");
  const seeds = await readSeeds(path);
  const known = seeds.get(host);
  if (known !== undefined) return known;
  const seed = randomBytes(seedBytes);
  seeds.set(host, seed);
  await writeSeeds(folder, path, seeds);
  return seed;
}

/** Empty when the file is missing or damaged. */
async function readSeeds(path: string): Promise<Map<string, Uint8Array>> {
  const seeds = new Map<string, Uint8Array>();
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value !== "object" || value === null) return seeds;
    for (const [host, entry] of Object.entries(value)) {
      const seed: unknown = typeof entry === "object" && entry !== null ? entry.Seed : undefined;
      if (typeof seed === "string" && seed !== "") seeds.set(host, Buffer.from(seed, "base64"));
    }
  } catch {
    // Made anew.
  }
  return seeds;
}

async function writeSeeds(folder: string, path: string, seeds: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const entries = [...seeds].map(([host, seed]) => [host, { Seed: Buffer.from(seed).toString("base64") }]);
  const staged = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(staged, JSON.stringify(Object.fromEntries(entries), null, 2), { mode: 0o600, flag: "wx" });
    await rename(staged, path);
  } catch {
    // A folder that cannot be written to: the seed lasts as long as we do.
    await rm(staged, { force: true }).catch(() => {});
  }
}
