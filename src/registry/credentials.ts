/** Registry credentials as the docker command line keeps them: in its config.json, or in a credential helper it names. */
import { join } from "node:path";
import { dockerConfigFolder, type HostEnvironment, variable } from "../base/host-environment.ts";
import { findHelper, runHelper } from "./credential-program.ts";
import { type DockerAuth, type DockerConfig, parseAuths, readAuthFile, readDockerConfig } from "./docker-config.ts";
import { findScopedConfig } from "./scoped-config.ts";

export type RegistryCredentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** Exchanged for access tokens (OAuth's refresh token). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** An access token itself. */
  | { readonly kind: "registry-token"; readonly token: string };

export interface CredentialStore {
  /**
   * What is known for a registry (`ghcr.io`, `localhost:5000`, `registry-1.docker.io`); undefined: nothing, it is asked
   * anonymously. With the scopes of a token, those for just that repository and these rights, if there are any. Throws a TsbakeError when
   * a configuration or helper that should know cannot be read.
   */
  readonly find: (
    host: string,
    signal?: AbortSignal,
    scopes?: readonly string[],
  ) => Promise<RegistryCredentials | undefined>;
}

/** Where Docker Hub's credentials are kept, whichever of its names is asked for. */
const hubAddress = "https://index.docker.io/v1/";
const hubHosts: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Answers are good for a while: a helper may take a second, or ask a person. */
const rememberedMs = 290_000;

interface Remembered {
  readonly found: Promise<RegistryCredentials | undefined>;
  /** Of whoever asked first. */
  readonly signal: AbortSignal | undefined;
  readonly until: number;
}

/** Reads nothing yet. */
export function createCredentialStore(environment: HostEnvironment): CredentialStore {
  const remembered = new Map<string, Remembered>();
  // One helper at a time: some hang when two of them run.
  let busy: Promise<unknown> = Promise.resolve();
  const ask = (key: string, host: string, signal: AbortSignal | undefined, scoped: string | undefined): Remembered => {
    const found = busy.then(() => findCredentials(environment, host, signal, scoped));
    busy = found.catch(() => remembered.delete(key));
    const asked = { found, signal, until: performance.now() + rememberedMs };
    remembered.set(key, asked);
    return asked;
  };
  const find: CredentialStore["find"] = async (host, signal, scopes = []) => {
    signal?.throwIfAborted();
    const scoped = await findScopedConfig(environment, hubHosts.has(host) ? "registry-1.docker.io" : host, scopes);
    const key = JSON.stringify([host, scoped]);
    const known = remembered.get(key);
    const asked = known !== undefined && known.until > performance.now() ? known : ask(key, host, signal, scoped);
    try {
      return await asked.found;
    } catch (error) {
      // Somebody else's wish to stop is not ours.
      if (asked.signal === signal || !asked.signal?.aborted) throw error;
      return find(host, signal, scopes);
    }
  };
  return { find };
}

async function findCredentials(
  environment: HostEnvironment,
  host: string,
  signal: AbortSignal | undefined,
  scoped: string | undefined,
): Promise<RegistryCredentials | undefined> {
  const address = hubHosts.has(host) ? hubAddress : host;
  const special = scoped === undefined ? undefined : await findIn(environment, scoped, host, signal);
  if (special !== undefined) return special;
  const given = variable(environment, "DOCKER_AUTH_CONFIG");
  const fromVariable =
    given === undefined ? undefined : findAuth(parseAuths(given, "the variable DOCKER_AUTH_CONFIG"), address);
  if (fromVariable !== undefined) return credentialsOf(fromVariable);
  const own = await findIn(environment, dockerConfigFolder(environment), host, signal);
  const other = own === undefined ? otherAuthFile(environment) : undefined;
  const found = other === undefined ? undefined : findAuth((await readAuthFile(other)).auths, address);
  return own ?? (found === undefined ? undefined : credentialsOf(found));
}

/** Of podman, skopeo and their kin. */
function otherAuthFile(environment: HostEnvironment): string | undefined {
  const runtime = variable(environment, "XDG_RUNTIME_DIR");
  const usual = runtime === undefined ? undefined : join(runtime, "containers", "auth.json");
  return variable(environment, "REGISTRY_AUTH_FILE") ?? usual;
}

async function findIn(
  environment: HostEnvironment,
  folder: string,
  host: string,
  signal: AbortSignal | undefined,
): Promise<RegistryCredentials | undefined> {
  const address = hubHosts.has(host) ? hubAddress : host;
  const config = await readDockerConfig(folder);
  const helper = config.credHelpers.get(address) ?? config.credHelpers.get(host) ?? config.credsStore;
  if (helper !== undefined) return runHelper(environment, helper, address, signal);
  const auth = findAuth(config.auths, address);
  if (auth !== undefined) return credentialsOf(auth);
  const fallback = hasAuth(config) ? undefined : await findHelper(environment);
  return fallback === undefined ? undefined : runHelper(environment, fallback, address, signal);
}

function hasAuth(config: DockerConfig): boolean {
  return config.auths.size > 0 || config.credHelpers.size > 0;
}

/** Keys may be addresses of old: `https://ghcr.io/v1/` is `ghcr.io`. */
function findAuth(auths: ReadonlyMap<string, DockerAuth>, address: string): DockerAuth | undefined {
  const exact = auths.get(address);
  if (exact !== undefined) return exact;
  const wanted = hostOf(address);
  for (const [key, auth] of auths) if (hostOf(key) === wanted) return auth;
  return undefined;
}

function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/s, "");
  return hubHosts.has(host) ? "index.docker.io" : host;
}

function credentialsOf(auth: DockerAuth): RegistryCredentials | undefined {
  if (auth.identityToken !== undefined) return { kind: "identity-token", token: auth.identityToken };
  if (auth.registryToken !== undefined) return { kind: "registry-token", token: auth.registryToken };
  if (auth.username === undefined || auth.password === undefined) return undefined;
  return { kind: "password", username: auth.username, password: auth.password };
}
