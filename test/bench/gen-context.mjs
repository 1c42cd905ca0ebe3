// Writes a deterministic build context that looks like a JavaScript service: many small text files, some binaries.
//   node gen-context.mjs DIR [FILES=50000] [MEGABYTES=500]
// Contents come from what every Node installation has (npm's own sources, the node binary), so that they compress as real files do.
import fs from "node:fs";
import path from "node:path";

const [out, files = "50000", megabytes = "500"] = process.argv.slice(2);
if (!out) throw new Error("usage: gen-context.mjs DIR [FILES] [MEGABYTES]");
const total = Number(megabytes) * 1e6;
const binaries = Math.ceil(Number(files) / 125);
const texts = Number(files) - binaries;

let state = 12345;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());

function readTree(dir, accept, limit, parts = [], size = { n: 0 }) {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (size.n > limit) break;
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) readTree(file, accept, limit, parts, size);
    else if (entry.isFile() && accept.test(entry.name)) size.n += parts[parts.push(fs.readFileSync(file)) - 1].length;
  }
  return parts;
}
const node = path.dirname(fs.realpathSync(process.execPath));
const text = Buffer.concat(readTree(path.join(node, "../lib/node_modules"), /\.(c?js|mjs|json|md|ts)$/, 6e7));
const binary = fs.readFileSync(fs.realpathSync(process.execPath));

const made = new Set();
function write(dir, name, pool, size, mode) {
  if (!made.has(dir)) made.add(fs.mkdirSync(path.join(out, dir), { recursive: true }) && dir);
  const at = Math.floor(random() * Math.max(1, pool.length - size));
  fs.writeFileSync(path.join(out, dir, name), pool.subarray(at, at + size), { mode });
}
const sizes = Array.from({ length: texts }, () => Math.min(4e5, Math.exp(7.6 + 1.5 * normal())));
const scale = (total * 0.7) / sizes.reduce((a, b) => a + b, 0);
sizes.forEach((size, i) => {
  const pkg = Math.floor(i / 40);
  const folder = ["", "lib", "dist/esm", "dist/cjs", "src/internal"][i % 5];
  write(
    path.join("node_modules", `${pkg % 5 ? "" : `@scope${pkg % 37}/`}package-${pkg}`, folder),
    `module-${i}.${["js", "ts", "json", "md", "map"][i % 5]}`,
    text,
    Math.max(20, Math.floor(size * scale)),
    0o644,
  );
});
for (let i = 0; i < binaries; i++)
  write(`bin/b${i % 20}`, `tool-${i}`, binary, Math.floor((total * 0.3 * (0.3 + 1.4 * random())) / binaries), 0o755);
console.log(`${files} files in ${out}`);
