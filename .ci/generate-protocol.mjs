/** Generates src/buildkit/gen from proto/. Needs the development dependencies and no network. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
execFileSync(`${root}node_modules/.bin/buf`, ["generate"], { cwd: `${root}proto`, stdio: "inherit" });

const folder = join(root, "src/buildkit/gen");
for (const name of readdirSync(folder, { recursive: true })) {
  if (!name.endsWith(".ts")) continue;
  const path = join(folder, name);
  writeFileSync(path, refine(readFileSync(path, "utf8")));
}

/** Makes the generator's output fit a strict project: nothing but types and constants, no `any`, read-only input. */
function refine(source) {
  return dropRecursionGuard(source)
    .replace(/export namespace \w+ \{\n(?: {2}export type .*\n(?: {4}.*\n)*)*\}\n\n/g, "")
    .replace(/message\.(\w+) = reader\.int32\(\) as any;/g, "message.$1 = reader.int32() as typeof message.$1;")
    .replaceAll("{ key: key as any, value }", "{ key, value }")
    .replace("type Builtin = Date | Function | ", "type Builtin = ")
    .replace(
      /: T extends globalThis\.Array<infer U> \? globalThis\.Array<DeepPartial<U>>\n/g,
      ": T extends globalThis.Array<infer U> ? readonly DeepPartial<U>[]\n  : T extends Map<infer K, infer V> ? ReadonlyMap<K, V>\n",
    );
}

/** No message of ours contains itself, so decoding needs no guard against depth. */
function dropRecursionGuard(source) {
  const guarded =
    / {4}const previousRecursionDepth = [\s\S]*?\n {4}try \{\n([\s\S]*?)\n {4}\} finally \{\n {6}\(reader as any\).__tsProtoDecodeDepth = previousRecursionDepth;\n {4}\}\n/g;
  return source.replace(guarded, (_, body) => `${body.replace(/^ {2}/gm, "")}\n`);
}
