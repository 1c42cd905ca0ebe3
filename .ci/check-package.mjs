// What would be published: built in full, packed, installed in an empty folder, and used from there.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules/.bin", name);
const folder = mkdtempSync(join(tmpdir(), "tsbake-package-"));

try {
  run("npm", ["pack", "--pack-destination", folder, "--loglevel=error"], root);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz")),
  );
  run(bin("publint"), ["run", tarball, "--strict"], root);
  run(bin("attw"), [tarball, "--profile", "esm-only"], root);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--no-save", tarball], folder);
  writeFileSync(join(folder, "docker-bake.hcl"), 'target "default" {\n  tags = ["a:${sha256("x")}"]\n}\n');
  const printed = run(join(folder, "node_modules/.bin/tsbake"), ["print"], folder, "pipe").toString();
  const program =
    'import { load, plan, printPlan } from "tsbake"; process.stdout.write(printPlan(plan((await load()).value, { purpose: "print" }).value));';
  const fromLibrary = run(process.execPath, ["--input-type=module", "-e", program], folder, "pipe").toString();
  if (printed !== fromLibrary || !printed.includes('"context"'))
    throw new Error("the program and the library disagree");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(file, args, cwd, stdout = "inherit") {
  return execFileSync(file, args, { cwd, stdio: ["ignore", stdout, "inherit"] });
}
