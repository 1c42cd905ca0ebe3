// Builds on one engine: everything cached, a large file sent, many small files sent; tsbake against docker buildx.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureCommands, milliseconds, printTable, ratio, times } from "./measure.mjs";

export function benchBuilding({ program, buildx, folder, dockerHost, quick }) {
  const env = { DOCKER_HOST: dockerHost, BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };
  benchCached({ program, buildx, folder: join(folder, "cached"), env, rounds: quick ? 5 : 15 });
  const sizeMb = quick ? 128 : 1024;
  benchUpload(`one file of ${sizeMb} MiB`, {
    program,
    buildx,
    folder: join(folder, "large"),
    env,
    rounds: quick ? 2 : 3,
    write: (context, round) => {
      const chunk = Buffer.alloc(1 << 20, round);
      writeFileSync(join(context, "large.bin"), Buffer.concat(Array.from({ length: sizeMb }, () => chunk)));
    },
  });
  const files = quick ? 4000 : 20000;
  benchUpload(`${files} files of 2.5 kB`, {
    program,
    buildx,
    folder: join(folder, "many"),
    env,
    rounds: quick ? 2 : 3,
    write: (context, round) => {
      rmSync(context, { recursive: true, force: true });
      for (let i = 0; i < files; i++) {
        const sub = join(context, `d${i % 100}`);
        if (i < 100) mkdirSync(sub, { recursive: true });
        writeFileSync(join(sub, `f${i}`), Buffer.alloc(2500, `${round} ${i}\n`));
      }
    },
  });
}

function benchCached({ program, buildx, folder, env, rounds }) {
  const names = ["a", "b", "c"];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nARG NAME\nCOPY file /file\nCOPY <<E /name\n${NAME}\nE\n");
  writeFileSync(join(folder, "file"), "content\n");
  const targets = names.map(
    (name) => `target "${name}" {\n  args = { NAME = "${name}" }\n  output = ["type=cacheonly"]\n}\n`,
  );
  writeFileSync(
    join(folder, "docker-bake.hcl"),
    `group "default" {\n  targets = ["a", "b", "c"]\n}\n${targets.join("")}`,
  );
  const [floor, ours, peer] = measureCommands(
    [
      { name: "node -e 0", file: process.execPath, args: ["-e", "0"] },
      {
        name: "tsbake build",
        file: process.execPath,
        args: [program, "build", "--progress", "plain"],
        cwd: folder,
        env,
      },
      { name: "buildx bake", file: buildx, args: ["bake", "--progress", "plain"], cwd: folder, env },
    ],
    rounds,
  );
  const allowed = peer.medianMs + floor.medianMs;
  printTable("three targets, everything cached", [
    ["buildx bake + node -e 0", `${allowed.toFixed(0).padStart(6)} ms`],
    ["tsbake build", milliseconds(ours), `${times(ours.medianMs / allowed)} of it`],
  ]);
}

/** Both tools send the same kind of content, new each time, so that neither profits from what the other sent. */
function benchUpload(title, { program, buildx, folder, env, rounds, write }) {
  let round = 0;
  const command = (name, file, args) => {
    const context = join(folder, name);
    mkdirSync(context, { recursive: true });
    const dockerfile = join(folder, "Dockerfile");
    writeFileSync(dockerfile, "FROM scratch\nCOPY . /\n");
    const definition = `target "default" {\n  context = "${context}"\n  dockerfile = "${dockerfile}"\n  output = ["type=cacheonly"]\n}\n`;
    const file_ = join(folder, `${name}.hcl`);
    writeFileSync(file_, definition);
    return {
      name,
      file,
      args: [...args, "-f", file_, "--allow", `fs.read=${folder}`],
      cwd: folder,
      env,
      before: () => write(context, round++ % 250),
    };
  };
  const [ours, peer] = measureCommands(
    [command("tsbake", process.execPath, [program, "build"]), command("buildx", buildx, ["bake"])],
    rounds,
  );
  printTable(`context upload: ${title}`, [
    ["buildx bake", milliseconds(peer)],
    ["tsbake build", milliseconds(ours), `${times(ratio(ours, peer))} of it`],
  ]);
  rmSync(folder, { recursive: true, force: true });
}
