/** `TSBAKE_REGISTRY_MIRRORS`: where images are had from before the registry itself is asked. */
import { TsbakeError } from "../../base/errors.ts";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import { stripControl } from "../../base/text.ts";

const name = "TSBAKE_REGISTRY_MIRRORS";

/**
 * The addresses of a registry's mirrors, in order, out of `ghcr.io=https://mirror.example/ghcr,https://hub-mirror.example`: without a
 * registry before it, an address is one of Docker Hub's mirrors. Throws a TsbakeError for what is no address.
 */
export function mirrorsOf(registry: string, environment: HostEnvironment): readonly string[] {
  return (variable(environment, name) ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map(parseMirror)
    .filter((each) => each.registry === registry)
    .map(({ address }) => address);
}

function parseMirror(text: string): { readonly registry: string; readonly address: string } {
  const [, registry = "docker.io", address = ""] = /^(?:([^=/]+)=)?(.*)$/.exec(text) ?? [];
  const full = address.includes("://") ? address : `https://${address}`;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw new TsbakeError(
      "registry/bad-mirrors",
      `${name} holds ${JSON.stringify(stripControl(text))}, which is no mirror`,
      {
        hint: "Write registry=https://mirror, with commas between several.",
      },
    );
  }
  return { registry: registry.trim(), address: full };
}
