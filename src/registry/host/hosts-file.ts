/** `hosts.toml`, containerd's description of a registry: its mirrors, in order, and how each is reached. */
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import type { HostEnvironment } from "../../base/host-environment.ts";
import { isRecord, stringEntries, stringField } from "../../base/json-shape.ts";
import { certificateFolders } from "../http/trust.ts";

export interface HostsFile {
  /** Where the registry itself is; undefined: where its name says. */
  readonly server: HostEntry | undefined;
  readonly hosts: readonly HostEntry[];
}

export interface HostEntry {
  /** Without `v2`, unless `overridePath`. */
  readonly address: string;
  readonly capabilities: ReadonlySet<string>;
  readonly overridePath: boolean;
  readonly skipVerify: boolean;
  /** Absolute. */
  readonly authorities: readonly string[];
  readonly clients: readonly { readonly cert: string; readonly key: string }[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The first there is for a registry, else for all (`_default`); undefined when there is none. Throws a TsbakeError for a bad one. */
export async function readHostsFile(environment: HostEnvironment, registry: string): Promise<HostsFile | undefined> {
  const folders = [
    ...certificateFolders(environment),
    ...(environment.platform === "win32" ? [] : ["/etc/containerd/certs.d"]),
  ];
  for (const name of [environment.platform === "win32" ? registry.replaceAll(":", "") : registry, "_default"]) {
    for (const folder of folders.map((each) => join(each, name))) {
      const file = join(folder, "hosts.toml");
      const text = await readIfThere(file);
      if (text !== undefined) return parseHosts(await parse(text, file), folder, file);
    }
  }
  return undefined;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw unusable(file, messageOf(error), error);
  }
}

async function parse(text: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  // Few machines have such a file.
  const { default: toml } = await import("@iarna/toml");
  try {
    return toml.parse(text);
  } catch (error) {
    throw unusable(file, messageOf(error).split("\n", 1)[0] ?? "", error);
  }
}

function parseHosts(root: Readonly<Record<string, unknown>>, folder: string, file: string): HostsFile {
  const server = stringField(root, "server");
  const hosts = isRecord(root.host) ? Object.entries(root.host) : [];
  return {
    server: server === undefined ? undefined : entryOf(server, root, folder, file),
    hosts: hosts.map(([address, entry]) => entryOf(address, isRecord(entry) ? entry : {}, folder, file)),
  };
}

function entryOf(address: string, entry: Readonly<Record<string, unknown>>, folder: string, file: string): HostEntry {
  const full = address.includes("://") ? address : `https://${address}`;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol))
    throw unusable(file, `${JSON.stringify(address)} is no address`);
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const capabilities = textsOf(entry.capabilities);
  return {
    address: full,
    capabilities: new Set(capabilities.length === 0 ? ["pull", "resolve", "push"] : capabilities),
    overridePath: entry.override_path === true,
    skipVerify: entry.skip_verify === true,
    authorities: textsOf(entry.ca).map(absolute),
    clients: clientsOf(entry.client).map(({ cert, key }) => ({ cert: absolute(cert), key: absolute(key) })),
    headers: headersOf(entry.header),
  };
}

/** `"pair.pem"`, `["a.pem", "b.pem"]`, `[["a.cert", "a.key"]]`: a file alone holds both. */
function clientsOf(value: unknown): readonly { readonly cert: string; readonly key: string }[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((each) => {
    const [cert, key = cert] = textsOf(each);
    return cert === undefined || key === undefined ? [] : [{ cert, key: key === "" ? cert : key }];
  });
}

function headersOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const lists = Object.entries(value).filter(([, each]) => Array.isArray(each));
  const joined = lists.map(([name, each]): [string, string] => [name, textsOf(each).join(", ")]);
  return Object.fromEntries([...stringEntries(value), ...joined].map(([name, text]) => [name.toLowerCase(), text]));
}

function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((each) => typeof each === "string");
}

function unusable(file: string, why: string, cause?: unknown): TsbakeError {
  return new TsbakeError("registry/bad-hosts-file", `${file} cannot be used: ${why}`, {
    hint: "Correct it; its form is that of containerd's hosts.toml.",
    cause,
  });
}
