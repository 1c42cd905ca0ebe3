/** Programs of tests as one file that Node 20 can run. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** Resolves to the path of the bundle, in the folder. */
export async function bundleProgram(name: string, folder: string): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(new URL(name, import.meta.url)),
    platform: "node",
    external: ["zstd-napi"],
    logLevel: "silent",
  });
  await build.write({ dir: folder, format: "esm", entryFileNames: "program.mjs", chunkFileNames: "[name]-[hash].mjs" });
  await build.close();
  return join(folder, "program.mjs");
}
