/** A probe, built by the real program in a folder of its own with an empty cache. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

export interface BuiltProbe {
  readonly finished: Finished;
  /** Absent when the build failed. */
  readonly image?: WholeImage | { readonly index: readonly PlatformImage[] };
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

export async function buildProbe(probe: ParityCase, options: BuildProbeOptions): Promise<BuiltProbe> {
  const work = mkdtempSync(join(tmpdir(), "parity-"));
  try {
    layOut(probe, work, options);
    const finished = await tryRun(
      process.execPath,
      [program, "build", "--builder", "embedded", "--allow", "fs=*", "-f", "docker-bake.json", "--progress", "plain"],
      { cwd: work, env: environment(work, options), timeoutMs: 110_000 },
    );
    return finished.code === 0 ? { finished, image: await readImage(join(work, "out.tar")) } : { finished };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function layOut(probe: ParityCase, work: string, { address, busybox, output }: BuildProbeOptions): void {
  makeContext(join(work, "ctx"), probe.context, { busybox });
  for (const [name, files] of Object.entries(probe.named ?? {})) makeContext(join(work, name), files, { busybox });
  // The Dockerfile is not in the context, but for its ignore file it is as if it were.
  mkdirSync(join(work, "df"));
  const dockerfile = join(work, "df", probe.dockerfileName ?? "Dockerfile");
  writeFileSync(dockerfile, probe.dockerfile.replaceAll(recordedAddress, address));
  for (const name of Object.keys(probe.context)) {
    if (/.\.dockerignore$/.test(name)) copyFileSync(join(work, "ctx", name), join(work, "df", name));
  }
  copyFileSync(join(fixtureFolder, "file.txt"), join(work, "secret.txt"));
  const target = { ...targetOf(probe, dockerfile), output: [`dest=out.tar,${output ?? recordedOutput}`] };
  writeFileSync(join(work, "docker-bake.json"), JSON.stringify({ target: { default: target } }));
}

function targetOf({ opts = {}, platform, named = {}, secrets }: ParityCase, dockerfile: string) {
  const args: Record<string, string> = { SOURCE_DATE_EPOCH: String(epoch) };
  const rest: Record<string, string> = {};
  for (const [key, value] of Object.entries(opts)) {
    if (key.startsWith("build-arg:")) args[key.slice("build-arg:".length)] = value;
    else rest[key] = value;
  }
  return {
    context: "ctx",
    dockerfile,
    args,
    contexts: Object.fromEntries(Object.keys(named).map((name) => [name, name])),
    attest: [{ type: "provenance", disabled: "true" }],
    ...(platform === undefined ? {} : { platforms: platform.split(",") }),
    ...(secrets ? { secret: ["id=s,src=secret.txt"] } : {}),
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
