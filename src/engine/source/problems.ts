/** What can be wrong with what a build brings in. */
import { TsbakeError, type TsbakeErrorOptions } from "../../base/errors.ts";
import { stripControl } from "../../base/text.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";

export function badReference(reference: string, why: string): TsbakeError {
  return problem("engine/bad-reference", `${JSON.stringify(reference)} is no name of an image: ${why}`, {
    hint: "Write registry/repository:tag, as `docker pull` takes it.",
  });
}

export function notAnImage(name: string, why: string): TsbakeError {
  return problem("engine/not-an-image", `${name} is no image: ${why}`, {
    hint: "Artifacts such as charts and signatures have names like images; see whether it is the right one.",
  });
}

export function noPlatform(name: string, platform: Platform, available: readonly string[]): TsbakeError {
  const list = available.length === 0 ? "none" : available.join(", ");
  return problem("engine/no-platform", `${name} is not there for ${formatPlatform(platform)}, only for: ${list}`, {
    hint: "Build for one of these platforms, or take another base image: FROM --platform= names the one to take.",
  });
}

export function noLayout(folder: string, why: string): TsbakeError {
  return problem("engine/bad-layout", `${folder} cannot be used as an OCI layout: ${why}`, {
    hint: "An OCI layout is a folder with oci-layout, index.json and blobs/.",
  });
}

export function notInLayout(folder: string, wanted: string, available: readonly string[]): TsbakeError {
  const list = available.length === 0 ? "it names no image" : `it has: ${available.join(", ")}`;
  return problem("engine/not-in-layout", `${folder} has no image ${wanted}; ${list}`, {
    hint: "Choose with oci-layout://folder:tag or oci-layout://folder@digest.",
  });
}

export function badAddress(url: string): TsbakeError {
  return problem("engine/bad-address", `${JSON.stringify(shown(url))} is no address to fetch from`, {
    hint: "Addresses begin with http:// or https://.",
  });
}

export function fetchFailed(url: string, why: string, options: TsbakeErrorOptions = {}): TsbakeError {
  return problem("engine/fetch-failed", `${shown(url)} cannot be fetched: ${why}`, {
    hint: "See whether the address is right and can be reached from here.",
    ...options,
  });
}

export function wrongChecksum(url: string, wanted: string, actual: string): TsbakeError {
  return problem("engine/wrong-checksum", `${shown(url)} has the checksum ${actual}, not ${wanted}`, {
    hint: "It has changed, or the checksum is that of something else: look at both before you correct the checksum.",
  });
}

export function gitFailed(address: string, why: string, options: TsbakeErrorOptions = {}): TsbakeError {
  return problem("engine/git-failed", `${shown(address)} cannot be fetched: ${stripControl(why)}`, {
    hint: "See whether the address is right and can be reached from here.",
    ...options,
  });
}

/** An address without its password and its query, which may hold another. */
export function shown(url: string): string {
  const text = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1").replace(/\?[^#]*/, "");
  return stripControl(text).slice(0, 300);
}

function problem(code: string, message: string, options: TsbakeErrorOptions): TsbakeError {
  return new TsbakeError(code, stripControl(message), options);
}
