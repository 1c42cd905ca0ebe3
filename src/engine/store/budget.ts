/** How large the cache may get by itself. */
import { TsbakeError } from "../../base/errors.ts";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import { parseSize } from "./size.ts";

/** Given the size of the disk in bytes, the size of the cache; Infinity for no limit. */
export type Budget = (diskBytes: number) => number;

const gigabyte = 1e9;

/** `TSBAKE_CACHE_SIZE` (`10GB`, `unlimited`), else a tenth of the disk, 2 to 20 GB. Throws a TsbakeError for a size that is none. */
export function cacheBudget(environment: HostEnvironment): Budget {
  const text = variable(environment, "TSBAKE_CACHE_SIZE");
  if (text === undefined) return (diskBytes) => Math.min(Math.max(diskBytes / 10, 2 * gigabyte), 20 * gigabyte);
  if (text === "unlimited") return () => Infinity;
  const size = parseSize(text);
  if (size.ok) return () => size.value;
  throw new TsbakeError("engine/cache-size", `TSBAKE_CACHE_SIZE: ${size.message}`, {
    hint: "write a size such as 10GB, or unlimited",
  });
}
