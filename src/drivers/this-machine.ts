/** The machine this process runs on. */
import { homedir } from "node:os";
import { env, platform } from "node:process";
import type { HostEnvironment } from "../base/host-environment.ts";

export function thisMachine(): HostEnvironment {
  return { variables: env, homeFolder: homedir(), platform };
}
