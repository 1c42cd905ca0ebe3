// Builds on one engine, tsbake against docker buildx: cached, cold, many targets, contexts sent, results received.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureCommands, milliseconds, printTable, ratio, times } from "./measure.mjs";

/**
 * What is built. Each tool has a folder of its own. `files(folder, run)` is called before each run, untimed; the number is another one for every
 * run and tool, so that what depends on it is new to the engine and nobody profits from what the other one sent. `targets(run)` gives
 * the attributes of targets by name, in HCL; all of them are built.
 *
 * @typedef {{ title: string, rounds: number, files?: (folder: string, run: number) => void, targets: (run: number) => Record<string, string> }} Scenario
 * @returns {Scenario[]}
 */
function scenarios({ quick, busybox }) {
  const [few, many] = quick ? [2, 5] : [3, 15];
  const large = quick ? 128 : 1024;
  const small = quick ? 4000 : 20_000;
  const cacheonly = 'output = ["type=cacheonly"]';
  return [
    {
      title: "three targets, everything cached",
      rounds: many,
      files: (folder) =>
        writeDockerfile(folder, "FROM scratch\nARG NAME\nCOPY file /file\nCOPY <<E /name\n${NAME}\nE\n"),
      targets: () => ofNames(["a", "b", "c"], (name) => `args = { NAME = "${name}" }\n${cacheonly}`),
    },
    ...(busybox ? [coldBuild(busybox, quick ? 3 : 9, cacheonly)] : []),
    {
      title: `context upload: one file of ${large} MiB`,
      rounds: few,
      files: (folder, run) => {
        writeDockerfile(folder, "FROM scratch\nCOPY . /\n");
        writeLarge(join(folder, "large.bin"), large, run);
      },
      targets: () => ({ default: cacheonly }),
    },
    {
      title: `context upload: ${small} files of 2.5 kB`,
      rounds: few,
      files: (folder, run) => {
        writeDockerfile(folder, "FROM scratch\nCOPY . /\n");
        writeSmall(join(folder, "small"), small, run);
      },
      targets: () => ({ default: cacheonly }),
    },
    ...(quick ? [] : longScenarios(cacheonly, few)),
  ];
}

/** What continuous integration has no time for. */
function longScenarios(cacheonly, rounds) {
  return [
    {
      title: "100 targets of one small file each, cold",
      rounds,
      files: (folder) => writeDockerfile(folder, "FROM scratch\nARG NAME\nCOPY <<E /name\n${NAME}\nE\n"),
      targets: (run) => ofNames(numbered("t", 100), (name) => `args = { NAME = "${name} ${run}" }\n${cacheonly}`),
    },
    {
      title: "8 targets that share a context of 60 MB",
      rounds,
      files: (folder, run) => {
        writeDockerfile(folder, "FROM scratch\nARG NAME\nCOPY . /\nCOPY <<E /name\n${NAME}\nE\n");
        writeLarge(join(folder, "large.bin"), 60, run);
      },
      targets: (run) => ofNames(numbered("t", 8), (name) => `args = { NAME = "${name} ${run}" }\n${cacheonly}`),
    },
    ...["type=oci,dest=out.tar", "type=local,dest=out"].map((output) => exportAgain(output, 1024, rounds)),
  ];
}

function coldBuild(busybox, rounds, output) {
  const commands = numbered("step", 5).map((name) => `RUN ["/busybox", "mkdir", "/${name}"]\n`);
  return {
    title: "five commands, cold",
    rounds,
    files: (folder) => {
      writeDockerfile(folder, `FROM scratch\nCOPY busybox /busybox\nARG RUN\nENV RUN=$RUN\n${commands.join("")}`);
      copyFileSync(busybox, join(folder, "busybox"));
    },
    targets: (run) => ({ default: `args = { RUN = "${run}" }\n${output}` }),
  };
}

/** The engine has built it and packed it; what is timed is how it gets here. */
function exportAgain(output, megabytes, rounds) {
  return {
    title: `a result of ${megabytes} MiB received: ${output}`,
    rounds,
    files: (folder) => {
      writeDockerfile(folder, "FROM scratch\nCOPY large.bin /\n");
      writeLarge(join(folder, "large.bin"), megabytes, 251);
      rmSync(join(folder, "out"), { recursive: true, force: true });
    },
    targets: () => ({ default: `output = ["${output}"]` }),
  };
}

/** The time of Node's start is ours to bear only where it is told: a cached build is compared with the peer's and that. */
export function benchBuilding({ program, buildx, folder, dockerHost, busybox, quick }) {
  const env = { DOCKER_HOST: dockerHost, BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };
  const tools = [
    { name: "tsbake", file: process.execPath, words: [program, "build", "--progress", "plain"] },
    { name: "buildx", file: buildx, words: ["bake", "--progress", "plain"] },
  ];
  let run = 0;
  for (const scenario of scenarios({ quick, busybox })) {
    const commands = tools.map(({ name, file, words }) => {
      const own = join(folder, name);
      mkdirSync(own, { recursive: true });
      const before = () => {
        run++;
        scenario.files?.(own, run);
        writeFileSync(join(own, "docker-bake.hcl"), definition(scenario.targets(run)));
      };
      return { name, file, args: words, cwd: own, env, before };
    });
    const floor = { name: "node -e 0", file: process.execPath, args: ["-e", "0"] };
    const [ours, peer, bare] = measureCommands([...commands, floor], scenario.rounds);
    printTable(scenario.title, [
      ["buildx bake", milliseconds(peer)],
      [
        "tsbake build",
        milliseconds(ours),
        `${times(ratio(ours, peer))} of it`,
        `${times(ours.medianMs / (peer.medianMs + bare.medianMs))} of it and node -e 0`,
      ],
    ]);
    for (const { cwd } of commands) rmSync(cwd, { recursive: true, force: true });
  }
}

function definition(targets) {
  const names = Object.keys(targets);
  const blocks = names.map((name) => `target "${name}" {\n${targets[name]}\n}\n`);
  const group = names.includes("default") ? "" : `group "default" {\n  targets = ${JSON.stringify(names)}\n}\n`;
  return group + blocks.join("");
}

function ofNames(names, attributesOf) {
  return Object.fromEntries(names.map((name) => [name, attributesOf(name)]));
}

function numbered(prefix, count) {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

function writeDockerfile(folder, text) {
  writeFileSync(join(folder, "Dockerfile"), text);
  writeFileSync(join(folder, ".dockerignore"), "Dockerfile\ndocker-bake.hcl\nout*\n");
  writeFileSync(join(folder, "file"), "content\n");
}

function writeLarge(path, megabytes, run) {
  const chunk = Buffer.alloc(1 << 20, run % 256);
  chunk.writeUInt32LE(run);
  writeFileSync(path, Buffer.concat(Array.from({ length: megabytes }, () => chunk)));
}

function writeSmall(folder, count, run) {
  rmSync(folder, { recursive: true, force: true });
  for (let i = 0; i < count; i++) {
    const sub = join(folder, `d${i % 100}`);
    if (i < 100) mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, `f${i}`), Buffer.alloc(2500, `${run} ${i}\n`));
  }
}
