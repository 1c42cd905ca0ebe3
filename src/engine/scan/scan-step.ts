/** A scanner's run as a step: it is cached and shared as any command is, by what it is shown. */
import { BuildFailure } from "../../execute/ports.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { imageState } from "../graph/base-state.ts";
import {
  type BuildContext,
  identify,
  type RunStep,
  type Step,
  type StepMount,
  type WorkdirStep,
} from "../graph/step.ts";
import type { ResolvedImage } from "../source/sources.ts";
import type { Scanner } from "./scanner.ts";

export interface ScanStepOptions {
  readonly scanner: Scanner;
  readonly image: ResolvedImage;
  /** Where the scanner runs. */
  readonly platform: Platform;
  /** Of what it looks at. */
  readonly scannedPlatform: Platform;
  readonly result: Step;
  readonly extras: ReadonlyMap<string, BuildContext | Step>;
  readonly ignoreCache: boolean;
}

/** The name of the scan of the result itself. */
export const coreName = "sbom";

/** Where the scanner writes, as layers name it. */
export const outputFolder = "run/out";

const sourceFolder = "/run/src";

/** What the image of a scanner is run with. Throws a BuildFailure when it has no command, or nothing to run. */
export function scannerCommand({ config, layers }: ResolvedImage, scanner: Scanner): readonly string[] {
  const { Entrypoint, Cmd } = config.config;
  const command = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  if (layers.length === 0 || command.length === 0) {
    throw new BuildFailure("build/bad-scanner", `the SBOM generator ${scanner.reference} has no command to run`, {
      hint: "an image that scans says with ENTRYPOINT or CMD how",
    });
  }
  return command;
}

/** Its own layer holds what the scanner has written. Throws a BuildFailure when the image has no command. */
export function scanStep(options: ScanStepOptions): RunStep {
  const { scanner, image, platform, scannedPlatform, extras, ignoreCache } = options;
  const command = scannerCommand(image, scanner);
  const { top, config } = imageState(image);
  const definition = {
    kind: "run",
    base: withOutputFolder(top),
    arguments: command,
    command: command.join(" "),
    environment: [...(config.Env ?? []), ...environmentOf(scanner, extras)],
    proxies: [],
    workingFolder: config.WorkingDir || "/",
    user: "",
    platform,
    network: "default",
    security: "sandbox",
    mounts: mountsOf(options),
    extraHosts: [],
    ulimits: [],
  } as const;
  const name = `[${formatPlatform(scannedPlatform)}] generating sbom using ${scanner.reference}`;
  return { ...definition, id: identify({ ...definition, ignoreCache }), name, ignoreCache };
}

function environmentOf({ parameters }: Scanner, extras: ScanStepOptions["extras"]): readonly string[] {
  return [
    `BUILDKIT_SCAN_DESTINATION=/${outputFolder}/`,
    `BUILDKIT_SCAN_SOURCE=${sourceFolder}/core/${coreName}`,
    ...(extras.size === 0 ? [] : [`BUILDKIT_SCAN_SOURCE_EXTRAS=${sourceFolder}/extras`]),
    ...[...parameters].map(([key, value]) => `BUILDKIT_SCAN_${key}=${value}`).sort(),
  ];
}

/** File systems to look at, none of which can be written to. */
function mountsOf({ result, extras }: ScanStepOptions): readonly StepMount[] {
  const shown = (target: string, from: BuildContext | Step): StepMount => {
    return { type: "bind", target, from, source: "", readWrite: false };
  };
  return [
    { type: "tmpfs", target: "/tmp" },
    shown(`${sourceFolder}/core/${coreName}`, result),
    ...[...extras].map(([name, from]) => shown(`${sourceFolder}/extras/${coreName}-${name}`, from)),
  ];
}

function withOutputFolder(base: Step | undefined): WorkdirStep {
  const on = base === undefined ? {} : { base };
  const definition = { kind: "workdir", ...on, path: `/${outputFolder}`, user: "" } as const;
  return { ...definition, id: identify(definition), name: "", ignoreCache: false };
}
