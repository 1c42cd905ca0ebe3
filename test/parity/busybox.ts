/** What probes run things with. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A static busybox: `BUSYBOX` names one, or it is on the path. */
export function findBusybox(): string | undefined {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "busybox"));
  return [process.env.BUSYBOX, ...onPath].find((file) => file !== undefined && existsSync(file));
}
