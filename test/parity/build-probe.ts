/** Probes, built by the real program in a folder of their own with an empty cache. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Finished, tryRun } from "../engine/run-process.ts";
import { epoch, fixtureFolder, type ParityCase } from "./case.ts";
import { recordedAddress } from "./fixture-server.ts";
import { makeContext } from "./make-context.ts";
import { type PlatformImage, readImage, type WholeImage } from "./read-image.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** As `.ci/build.mjs` has it. */
const program = resolve(root, process.env.TSBAKE_DIST || "dist", "cli/tsbake.cjs");

const recordedOutput = "type=oci,compression=uncompressed,rewrite-timestamp=true";

export type BuiltImage = WholeImage | { readonly index: readonly PlatformImage[] };

export interface BuiltProbes {
  readonly finished: Finished;
  /** In the order of the probes; absent where a build failed. */
  readonly images: readonly (BuiltImage | undefined)[];
}

export interface BuildProbeOptions {
  /** Of the server with the fixtures. */
  readonly address: string;
  readonly busybox: string | undefined;
  /** In place of the output that all probes were recorded with; `dest=out.tar` is added. */
  readonly output?: string;
  /** In place of an empty cache. */
  readonly cache?: string;
  /** On top of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function buildProbe(
  probe: ParityCase,
  options: BuildProbeOptions,
): Promise<{ readonly finished: Finished; readonly image: BuiltImage | undefined }> {
  const { finished, images } = await buildProbes([probe], options);
  return { finished, image: images[0] };
}

/** All of them by one run of the program: targets `p0`, `p1`, … of one build file. */
export async function buildProbes(probes: readonly ParityCase[], options: BuildProbeOptions): Promise<BuiltProbes> {
  const work = mkdtempSync(join(tmpdir(), "parity-"));
  try {
    const target = Object.fromEntries(
      probes.map((probe, index) => [`p${index}`, layOut(probe, work, `${index}`, options)]),
    );
    const group = { default: { targets: Object.keys(target) } };
    writeFileSync(join(work, "docker-bake.json"), JSON.stringify({ group, target }));
    const flags = ["--builder", "embedded", "--allow", "fs=*", "--on-failure", "continue", "--progress", "plain"];
    // Steps that differ in nothing but times are the same to a cache, and to BuildKit's: together, nothing is taken from it.
    if (probes.length > 1) flags.push("--no-cache");
    const finished = await tryRun(process.execPath, [program, "build", "-f", "docker-bake.json", ...flags], {
      cwd: work,
      env: environment(work, options),
      timeoutMs: 110_000,
    });
    const files = probes.map((_, index) => join(work, `${index}`, "out.tar"));
    const images = files.map(async (file) => (existsSync(file) ? await readImage(file) : undefined));
    return { finished, images: await Promise.all(images) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes what a probe needs into a folder, and says what target it is. */
function layOut(probe: ParityCase, work: string, folder: string, { address, busybox, output }: BuildProbeOptions) {
  const own = join(work, folder);
  makeContext(join(own, "ctx"), probe.context, { busybox });
  for (const [name, files] of Object.entries(probe.named ?? {})) makeContext(join(own, name), files, { busybox });
  // The Dockerfile is not in the context, but for its ignore file it is as if it were.
  mkdirSync(join(own, "df"));
  const dockerfile = join(own, "df", probe.dockerfileName ?? "Dockerfile");
  writeFileSync(dockerfile, probe.dockerfile.replaceAll(recordedAddress, address));
  for (const name of Object.keys(probe.context)) {
    if (/.\.dockerignore$/.test(name)) copyFileSync(join(own, "ctx", name), join(own, "df", name));
  }
  copyFileSync(join(fixtureFolder, "file.txt"), join(own, "secret.txt"));
  return {
    ...settingsOf(probe, folder),
    dockerfile,
    output: [`dest=${folder}/out.tar,${output ?? recordedOutput}`],
  };
}

function settingsOf({ opts = {}, platform, named = {}, secrets }: ParityCase, folder: string) {
  const args: Record<string, string> = { SOURCE_DATE_EPOCH: String(epoch) };
  const rest: Record<string, string> = {};
  for (const [key, value] of Object.entries(opts)) {
    if (key.startsWith("build-arg:")) args[key.slice("build-arg:".length)] = value;
    else rest[key] = value;
  }
  return {
    context: `${folder}/ctx`,
    args,
    contexts: Object.fromEntries(Object.keys(named).map((name) => [name, `${folder}/${name}`])),
    attest: [{ type: "provenance", disabled: "true" }],
    ...(platform === undefined ? {} : { platforms: platform.split(",") }),
    ...(secrets ? { secret: [`id=s,src=${folder}/secret.txt`] } : {}),
    ...rest,
  };
}

/** Nothing of the machine's but the path. */
function environment(work: string, { cache, env }: BuildProbeOptions): Readonly<Record<string, string | undefined>> {
  return {
    PATH: process.env.PATH,
    HOME: work,
    TMPDIR: work,
    TSBAKE_CACHE_DIR: cache ?? join(work, "cache"),
    BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    ...env,
  };
}
