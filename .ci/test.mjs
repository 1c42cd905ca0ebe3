// README's second command: everything the tests need, then the tests. Arguments go to vitest.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
prepare();
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--config", "test/vitest.config.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: ["ignore", 1, 2],
  },
);
process.exitCode = status ?? 1;
