/** What README shows is run as it is shown; what it and its neighbours name has to be there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildOptionsOf } from "../src/cli/build-options.ts";
import { findCommand } from "../src/cli/commands.ts";
import { exitCode } from "../src/cli/exit-code.ts";
import { parseFlags } from "../src/cli/parse-flags.ts";
import * as library from "../src/index.ts";
import { runCommand } from "./cli/run-command.ts";
import { createTempFolder, type TempFolder } from "./engine/temp-folder.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

/** The blocks of code of a language, `""` for those without. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, code = ""]) =>
    name === language ? [code] : [],
  );
}

function only(found: readonly string[]): string {
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

/** A folder with README's build file and what it builds from. */
async function createProject(): Promise<TempFolder> {
  const folder = await createTempFolder();
  await writeFile(join(folder.path, "docker-bake.hcl"), only(blocks("hcl")));
  for (const context of ["base", "services/api", "services/web"]) {
    await mkdir(join(folder.path, context), { recursive: true });
    await writeFile(join(folder.path, context, "Dockerfile"), "FROM base\n");
  }
  return folder;
}

describe("the commands in README", () => {
  const lines = only(blocks("").filter((code) => code.startsWith("tsbake print"))).split("\n");
  const commandLines = lines
    .flatMap((line) => line.split(/ {2,}/))
    .flatMap((text) => /^(?:[A-Z]+=\S+ |source <\()*tsbake ([^)]+)\)?;?$/.exec(text.trim())?.[1] ?? [])
    .map((text) => text.replaceAll("'", ""));

  it("are found", () => {
    expect(commandLines.length).toBeGreaterThan(12);
  });

  it.each(commandLines.filter((line) => line.startsWith("build")))("tsbake %s can be parsed", async (line) => {
    const [, ...rest] = line.split(" ");
    const command = await findCommand("build")?.load();
    const flags = parseFlags(rest, command?.flags ?? []);
    const host = { environment: {}, workingFolder: root, stdout: process.stdout, stderr: process.stderr };
    expect(() => buildOptionsOf(flags, { ...host, signal: new AbortController().signal })).not.toThrow();
    await using folder = await createProject();
    const printed = await runCommand(["print", ...rest], { folder: folder.path });
    expect(printed).toMatchObject({ code: 0, stderr: "" });
  });

  it.each(commandLines.filter((line) => !/^(?:build|completion)/.test(line)))("tsbake %s answers", async (line) => {
    await using folder = await createProject();
    const words = line.split(" ").map((word) => (word === "FILE" ? "docker-bake.hcl" : word));
    const ran = await runCommand(words, { folder: folder.path });
    expect(ran.code).toBe(0);
  });

  it("include one for completion", async () => {
    expect(commandLines).toContain("completion");
    expect(await findCommand("completion")?.load()).toBeDefined();
  });
});

describe("README", () => {
  it("shows what a mistake looks like", async () => {
    const shown = only(blocks("").filter((code) => code.includes("error:")));
    const line = /^ +9 \| (.*)$/m.exec(shown)?.[1] ?? "";
    await using folder = await createTempFolder();
    const text = `variable "TAG" {\n  default = "dev"\n}\n\n\n\n\ntarget "default" {\n${line}\n}\n`;
    await writeFile(join(folder.path, "bake.hcl"), text);
    const { stderr } = await runCommand(["print", "-f", "bake.hcl"], { folder: folder.path });
    expect(stderr).toBe(shown);
  });

  it("shows a program that uses the library", async () => {
    const [imports = "", ...program] = only(blocks("ts")).split("\n");
    const names = /^import \{ ([\w, ]+) \} from "tsbake";$/.exec(imports)?.[1]?.split(", ") ?? [];
    expect(Object.keys(library)).toEqual(expect.arrayContaining(names));
    await using folder = await createProject();
    const built: string[] = [];
    const used = {
      ...library,
      load: (options: library.LoadOptions) => library.load({ ...options, workingFolder: folder.path, environment: {} }),
      plan: (definition: library.Definition, options: library.PlanOptions) =>
        library.plan(definition, { ...options, workingFolder: folder.path, environment: {} }),
      build: async (plan: library.Plan) => {
        built.push(...plan.builds.map(({ target }) => target));
      },
    };
    const run = new Function(
      "used",
      `const { ${names.join(", ")} } = used; return (async () => {${program.join("\n")}})();`,
    );
    await run(used);
    expect(new Set(built)).toEqual(new Set(["base", "service-api", "service-web"]));
  });

  it("tells every exit code", () => {
    const told = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(told).toEqual(Object.values(exitCode));
  });
});

const documents = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md"],
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
];

describe.each(documents)("%s", (name) => {
  const text = readFileSync(join(root, name), "utf8");

  it("links to what exists", () => {
    const links = [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, to = ""]) => to,
    );
    const local = links.filter((to) => !/^[a-z]+:/.test(to));
    expect(local.filter((to) => !existsSync(join(root, dirname(name), to)))).toEqual([]);
  });

  it("names folders and files of ours that exist", () => {
    const paths = [...text.matchAll(/`((?:src|test|docs|proto|schemas|\.ci)\/[\w./-]+)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("names scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const named = [...text.matchAll(/npm run ([a-z-]+)/g)].map(([, script]) => script);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });
});

describe("docs/dependencies.md", () => {
  const rows = readFileSync(join(root, "docs/dependencies.md"), "utf8").matchAll(
    /^\| ((?:@?[\w./-]+(?:, )?)+) \| ([^|]+) \|/gm,
  );
  const told = new Map(
    [...rows].flatMap(([, names = "", licence = ""]) => names.split(", ").map((name) => [name, licence] as const)),
  );
  told.delete("package");
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const wanted = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });

  it("lists what package.json does, and nothing else", () => {
    expect([...told.keys()].sort()).toEqual(wanted.sort());
  });

  it.each(wanted)("tells the licence of %s", (name) => {
    const { license } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
    const plain = license.replace(/[()]/g, "").replace(" AND ", " and ").replace(" OR ", " or ");
    expect(told.get(name)).toBe(plain);
  });
});
