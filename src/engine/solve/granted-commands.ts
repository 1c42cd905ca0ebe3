/**
 * What commands of this run were given, by the keys of their steps. Keys say nothing of secrets, so that the cache outlives them; but of two
 * targets that are built at once, neither gets what came of the other's.
 */
import type { RunStep } from "../graph/step.ts";

export class GrantedCommands {
  readonly #given = new Map<string, string>();

  /** Whether this run has done the command for somebody who gave it something else. */
  isOfOthers(key: string, step: RunStep): boolean {
    const given = this.#given.get(key);
    return given !== undefined && given !== givenTo(step);
  }

  add(key: string, step: RunStep): void {
    if (step.mounts.some(isGranted)) this.#given.set(key, givenTo(step));
  }
}

function isGranted({ type }: RunStep["mounts"][number]): boolean {
  return type === "secret" || type === "ssh";
}

function givenTo({ mounts }: RunStep): string {
  return JSON.stringify(
    mounts.flatMap((mount) => (mount.type === "secret" || mount.type === "ssh" ? [mount.grant ?? null] : [])),
  );
}
