/** The architecture, as a test: which room may import which. ARCHITECTURE.md explains it; move both together. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sourceFolder = join(root, "src");

/** What each room may import besides itself. `base` is open to all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  buildfile: [],
  oci: [],
  events: [],
  dockerfile: [],
  plan: ["buildfile", "dockerfile", "oci", "events"],
  execute: ["buildfile", "oci", "events", "plan"],
  registry: ["oci", "events", "execute"],
  engine: ["buildfile", "dockerfile", "oci", "events", "plan", "execute", "registry"],
  exporters: ["buildfile", "oci", "events", "plan", "execute", "registry", "engine"],
  buildkit: ["buildfile", "dockerfile", "oci", "events", "plan", "execute", "registry"],
  drivers: [
    "buildfile",
    "dockerfile",
    "oci",
    "events",
    "plan",
    "execute",
    "buildkit",
    "registry",
    "engine",
    "exporters",
  ],
  progress: ["events", "plan", "buildfile"],
  report: ["events", "plan", "buildfile"],
  language: ["events", "plan", "buildfile", "dockerfile"],
  api: [
    "buildfile",
    "oci",
    "events",
    "plan",
    "execute",
    "engine",
    "exporters",
    "drivers",
    "buildkit",
    "registry",
    "report",
    "language",
  ],
  cli: ["api", "buildfile", "oci", "events", "plan", "execute", "drivers", "progress", "report", "language"],
  index: ["api", "buildfile", "oci", "events", "plan", "execute", "language"],
};

/** Rooms that read no clock, no environment and no disk. Hashing is arithmetic. */
const pureRooms = new Set(["base", "buildfile", "dockerfile", "oci", "plan", "events", "language"]);
const pureBuiltins = new Set(["node:crypto"]);
/** Loads hashing when a function first needs it. Functions of the language are synchronous, so `import()` cannot do it. */
const lateLoader = join(sourceFolder, "buildfile/functions/cryptography/load.ts");
const worldly = /\bprocess\.(?:env|cwd|argv|stdout|stderr|exit)\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/;

const files = readdirSync(sourceFolder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(sourceFolder, name));

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g,
  );
  return [...found].map((match) => ({
    from: file,
    specifier: match[1] ?? match[2] ?? match[3] ?? "",
  }));
});

function roomOf(file: string): string {
  const parts = relative(sourceFolder, file).split(sep);
  return parts.length === 1 ? (parts[0] ?? "").replace(/\.ts$/, "") : (parts[0] ?? "");
}

test("every source file is in a room that the architecture knows", () => {
  const unknown = files.filter((file) => !Object.hasOwn(allowed, roomOf(file))).map((file) => relative(root, file));
  expect(unknown).toEqual([]);
  expect(files.length).toBeGreaterThan(50);
});

test("ARCHITECTURE.md tells of every room there is, and of no other", () => {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const told = [...text.matchAll(/^\| (`[a-z.`, ]+`) \|/gm)].flatMap(([, names = ""]) =>
    [...names.matchAll(/`([a-z]+)(?:\.ts)?`/g)].map(([, name]) => name),
  );
  const present = [...new Set(files.map(roomOf))].sort();
  expect(told.sort()).toEqual(present);
  expect(Object.keys(allowed).sort()).toEqual(present);
});

test("rooms import only the rooms below them", () => {
  const wrong = imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ from, specifier }) => ({
      from,
      to: join(dirname(from), specifier),
    }))
    .filter(({ from, to }) => {
      const [source, target] = [roomOf(from), roomOf(to)];
      return source !== target && target !== "base" && !(allowed[source] ?? []).includes(target);
    })
    .map(({ from, to }) => `${relative(root, from)} imports ${relative(root, to)}`);
  expect(wrong).toEqual([]);
});

test("the room graph has no cycle", () => {
  const done = new Set<string>();
  const visit = (room: string, trail: readonly string[]): void => {
    expect(trail, `cycle ${[...trail, room].join(" -> ")}`).not.toContain(room);
    if (done.has(room)) return;
    for (const below of allowed[room] ?? []) visit(below, [...trail, room]);
    done.add(room);
  };
  for (const room of Object.keys(allowed)) visit(room, []);
});

test("pure rooms touch no disk, network, clock or environment", () => {
  const builtins = imports
    .filter(
      ({ from, specifier }) =>
        pureRooms.has(roomOf(from)) &&
        specifier.startsWith("node:") &&
        !pureBuiltins.has(specifier) &&
        from !== lateLoader,
    )
    .map(({ from, specifier }) => `${relative(root, from)} imports ${specifier}`);
  const reads = files
    .filter((file) => pureRooms.has(roomOf(file)))
    .filter((file) => worldly.test(readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")))
    .map((file) => relative(root, file));
  expect({ builtins, reads }).toEqual({ builtins: [], reads: [] });
});

test("imports inside the project name their file and never leave src", () => {
  const wrong = imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .filter(
      ({ from, specifier }) =>
        !specifier.endsWith(".ts") || relative(sourceFolder, join(dirname(from), specifier)).startsWith(".."),
    )
    .filter(({ specifier }) => !specifier.endsWith(".json"))
    .map(({ from, specifier }) => `${relative(root, from)}: ${specifier}`);
  expect(wrong).toEqual([]);
});

test("nothing is called utils, helpers, common or misc", () => {
  expect(
    files.filter((file) =>
      /(?:^|[/\\-])(?:utils?|helpers?|common|misc)(?:[/\\.-]|$)/.test(relative(sourceFolder, file)),
    ),
  ).toEqual([]);
});
