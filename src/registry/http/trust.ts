/** Whom a TLS connection trusts, and how it shows who it is itself: from the `certs.d` folders that docker engines have too. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates, type SecureContextOptions } from "node:tls";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { dockerConfigFolder, type HostEnvironment, variable } from "../../base/host-environment.ts";

export interface Trust {
  /** Certificates are not checked at all. */
  readonly unchecked: boolean;
  /** Authorities beside those everybody knows, as PEM. */
  readonly authorities: readonly string[];
  /** Certificates of our own with their keys, as PEM. */
  readonly clients: readonly { readonly cert: string; readonly key: string }[];
}

export const everydayTrust: Trust = { unchecked: false, authorities: [], clients: [] };
export const blindTrust: Trust = { unchecked: true, authorities: [], clients: [] };

/** Where folders named after registries (`registry.example:5000`) are, most personal first. */
export function certificateFolders(environment: HostEnvironment): readonly string[] {
  const personal = join(dockerConfigFolder(environment), "certs.d");
  if (environment.platform === "win32") {
    return [personal, join(variable(environment, "ProgramData") ?? "C:\\ProgramData", "docker", "certs.d")];
  }
  const config = variable(environment, "XDG_CONFIG_HOME") ?? join(environment.homeFolder, ".config");
  return [personal, join(config, "docker", "certs.d"), "/etc/docker/certs.d"];
}

/**
 * What the first folder of a registry that is there says: `*.crt` are authorities, `x.cert` with `x.key` who we are. Throws a TsbakeError
 * for a folder that cannot be read.
 */
export async function readTrust(environment: HostEnvironment, host: string): Promise<Trust> {
  // Names on Windows have no colons.
  const name = environment.platform === "win32" ? host.replaceAll(":", "") : host;
  for (const folder of certificateFolders(environment).map((each) => join(each, name))) {
    const files = await listFolder(folder);
    if (files === undefined) continue;
    const authorities = files.filter((file) => file.endsWith(".crt")).map((file) => read(join(folder, file)));
    const clients = files
      .filter((file) => file.endsWith(".cert"))
      .map(async (file) => {
        const key = await read(join(folder, `${file.slice(0, -".cert".length)}.key`));
        return { cert: await read(join(folder, file)), key };
      });
    return trustOf(environment, await Promise.all(authorities), await Promise.all(clients));
  }
  return everydayTrust;
}

/** Authorities that are given to a connection replace all others; those of `NODE_EXTRA_CA_CERTS` must not get lost by it. */
export async function trustOf(
  environment: HostEnvironment,
  authorities: readonly string[],
  clients: Trust["clients"],
): Promise<Trust> {
  const extra = authorities.length === 0 ? [] : await readExtraAuthorities(environment);
  return { unchecked: false, authorities: [...authorities, ...extra], clients };
}

/** Options of TLS. `system` are the authorities that the machine's other programs know, once they are needed. */
export function secureOptions({ authorities, clients }: Trust, system: readonly string[]): SecureContextOptions {
  const ca = [...authorities, ...system];
  return {
    ...(ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] }),
    ...(clients.length === 0 ? {} : { cert: clients.map(({ cert }) => cert), key: clients.map(({ key }) => key) }),
  };
}

/** What the programs of this machine that use OpenSSL trust; empty where there is no such file. */
export async function readSystemAuthorities(environment: HostEnvironment): Promise<readonly string[]> {
  const given = variable(environment, "SSL_CERT_FILE");
  const usual = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
  ];
  for (const file of given === undefined ? usual : [given]) {
    try {
      return [await readFile(file, "utf8"), ...(await readExtraAuthorities(environment))];
    } catch {
      // The next one, then.
    }
  }
  return [];
}

async function readExtraAuthorities(environment: HostEnvironment): Promise<readonly string[]> {
  const file = variable(environment, "NODE_EXTRA_CA_CERTS");
  // Node itself warns about a file that cannot be read.
  return file === undefined
    ? []
    : readFile(file, "utf8").then(
        (text) => [text],
        () => [],
      );
}

async function listFolder(folder: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw unreadable(folder, error);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): TsbakeError {
  return new TsbakeError("registry/bad-certificates", `cannot read ${path}: ${messageOf(error)}`, {
    hint: "Each `x.cert` needs its `x.key` beside it, and both must be readable.",
    cause: error,
  });
}
