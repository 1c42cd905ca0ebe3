/** Arguments that every Dockerfile has without being given any. */
import { formatPlatform, type Platform } from "../../oci/platform.ts";

const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"] as const;

/** The proxies among the arguments of a build, which need not be declared: each in both of its spellings, however it was given. */
export function proxyVariables(buildArguments: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  // Of several spellings the last one counts.
  const given = [...buildArguments].sort(([a], [b]) => (a < b ? -1 : 1));
  return proxyNames.flatMap((name) => {
    const value = given.findLast(([key]) => key.toUpperCase() === name)?.[1] ?? "";
    return value === "" ? [] : [[name, value] as const, [name.toLowerCase(), value] as const];
  });
}

export interface PlatformArguments {
  readonly build: Platform;
  readonly target: Platform;
  /** The wanted stage as it was asked for; absent for the last one. */
  readonly stage: string | undefined;
}

/** They are there before the first FROM; stages have to declare them. */
export function platformArguments({ build, target, stage }: PlatformArguments): ReadonlyMap<string, string> {
  return new Map([
    ...ofPlatform("BUILD", build),
    ...ofPlatform("TARGET", target),
    ["TARGETSTAGE", stage === undefined || stage === "" ? "default" : stage],
  ]);
}

function ofPlatform(prefix: string, platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform.osVersion ?? ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
