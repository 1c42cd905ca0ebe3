/** What a past build is called, from what its frontend was told. */
import type { BuildRecord } from "../../api/history.ts";

/** `app/docker/Dockerfile (release)`: the repository or context, the Dockerfile unless it is the usual one, the stage. Empty for nothing told. */
export function recordName(record: BuildRecord): string {
  const { attributes } = record;
  const file = attributes.get("filename") ?? "Dockerfile";
  const target = attributes.get("target") ?? "";
  const place = lastPart(repositoryOf(record) || (attributes.get("context") ?? ""));
  const path = [place, file === "Dockerfile" ? "" : file].filter((part) => part !== "").join("/");
  return target === "" ? path : `${path} (${target})`.trimStart();
}

/** The repository the context came from, as far as it is known; else empty. */
export function repositoryOf({ attributes }: BuildRecord): string {
  return attributes.get("vcs:source") ?? "";
}

function lastPart(address: string): string {
  const path = address.replace(/[#?].*$/s, "").replace(/\/+$/, "");
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.git$/, "");
}
