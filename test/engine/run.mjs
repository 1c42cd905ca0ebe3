// Runs command.ts. Node 20 cannot run TypeScript by itself, so it is bundled into a file that goes when it is loaded.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "rolldown";

const input = fileURLToPath(new URL("command.ts", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "tsbake-run-"));
const file = join(folder, "command.mjs");
await build({ input, platform: "node", transform: { target: "node20" }, logLevel: "silent", output: { file } });
const { main } = await import(pathToFileURL(file).href);
await rm(folder, { recursive: true });
process.exitCode = await main(process.argv.slice(2));
