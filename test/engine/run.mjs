// Runs command.ts: Node 20 cannot run TypeScript by itself, so it is bundled in memory first.
import { rolldown } from "rolldown";

const input = new URL("command.ts", import.meta.url).pathname;
const bundle = await rolldown({ input, platform: "node", logLevel: "silent" });
const { output } = await bundle.generate({ format: "esm" });
await bundle.close();
const { main } = await import(`data:text/javascript;base64,${btoa(output[0].code)}`);
process.exitCode = await main(process.argv.slice(2));
