/**
 * A process of its own for tests: in a user namespace when it is not root, it runs its arguments as shell commands, one on top of the other.
 * `PROGRAM_STORE` is a store that stays, `PROGRAM_CACHE` the id of a locked cache at /c.
 * Tells what happens as lines of JSON. Bundled before it is started, since Node 20 runs no TypeScript.
 */
import type { RunMount } from "../../../src/engine/run/request.ts";
import { enterUserNamespace } from "../../../src/engine/run/user-namespace.ts";
import { openWorkbench } from "./workbench.ts";

const { argv, env, execArgv, execPath } = process;

function tell(event: unknown): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const command = [execPath, ...execArgv, ...argv.slice(1)];
const entered = await enterUserNamespace({ command, searchPath: env.PATH, variables: { PROGRAM_PLACE: "namespace" } });
if (entered.kind === "ran") process.exit(entered.exitCode);
if (entered.kind === "impossible") tell(entered);
else await runCommands();

function lockedCache(id: string): RunMount {
  return { type: "cache", target: "/c", id, sharing: "locked", readOnly: false, mode: 0o755, uid: 0, gid: 0 };
}

async function runCommands(): Promise<void> {
  const bench = await openWorkbench({
    variables: { TSBAKE_SANDBOX: env.TSBAKE_SANDBOX ?? "namespaces" },
    onWarning: (message) => tell({ kind: "warning", message }),
    ...(env.PROGRAM_STORE === undefined ? {} : { folder: env.PROGRAM_STORE }),
  });
  const layers = [bench.base];
  const caches = env.PROGRAM_CACHE === undefined ? [] : [lockedCache(env.PROGRAM_CACHE)];
  tell({ kind: "ready", entered: entered.kind, place: env.PROGRAM_PLACE });
  for (const command of argv.slice(2)) {
    const { layer, stdout, stderr, entries } = await bench.run(command, { layers: [...layers], mounts: caches });
    layers.push(layer);
    tell({ kind: "layer", stdout, stderr, entries });
  }
  await bench.close();
}
