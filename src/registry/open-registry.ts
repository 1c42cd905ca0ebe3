/** Puts the client together. */

import { setMaxListeners } from "node:events";
import { TsbakeError } from "../base/errors.ts";
import { type SharedTask, shareTask } from "../base/shared-task.ts";
import { systemClock } from "../execute/system-clock.ts";
import { repositoryScope } from "./access/scope.ts";
import type { RegistryClient, RegistryOptions, Repository, RepositoryName, RepositoryOptions } from "./client.ts";
import { createCredentialStore } from "./credentials.ts";
import { findEndpoints } from "./host/endpoint.ts";
import { type HostTools, RegistryHost } from "./host/registry-host.ts";
import { openHttp } from "./http/http-client.ts";
import { readManifest, resolveManifest, writeManifest } from "./transfer/manifests.ts";
import { pullBlob } from "./transfer/pull-blob.ts";
import { hasBlob, pushBlob } from "./transfer/push-blob.ts";

interface Hosts {
  readonly pull: readonly RegistryHost[];
  readonly origin: RegistryHost;
}

/** Reads and asks nothing before a repository is used. */
export function openRegistry({ environment, clock = systemClock, onTrouble }: RegistryOptions): RegistryClient {
  const http = openHttp(environment);
  const tools: HostTools = { http, clock, credentials: createCredentialStore(environment), onTrouble };
  const known = new Map<string, SharedTask<Hosts>>();
  const closing = new AbortController();
  const hostsOf = (registry: string, insecure: boolean, signal: AbortSignal): Promise<Hosts> =>
    shareTask(known, JSON.stringify([registry, insecure]), signal, async () => {
      closing.signal.throwIfAborted();
      const endpoints = await findEndpoints(registry, environment, insecure);
      const origin = new RegistryHost(endpoints.origin, tools);
      const mirrors = endpoints.pull.filter((each) => each !== endpoints.origin);
      return { origin, pull: [...mirrors.map((each) => new RegistryHost(each, tools)), origin] };
    });
  return {
    repository: (name, options = {}) => openRepository(name, options, hostsOf),
    close: async () => {
      closing.abort(new Error("the registry client is closed"));
      http.close();
    },
  };
}

function openRepository(
  { registry, repository }: RepositoryName,
  { push = false, insecure = false }: RepositoryOptions,
  hostsOf: (registry: string, insecure: boolean, signal: AbortSignal) => Promise<Hosts>,
): Repository {
  const name: RepositoryName = { registry, repository };
  const pulling = [repositoryScope(repository, push ? "pull,push" : "pull")];
  const pushing = [repositoryScope(repository, "pull,push")];
  const find = (signal: AbortSignal): Promise<Hosts> => {
    // Each transfer under way listens to it, which is no leak.
    setMaxListeners(0, signal);
    return hostsOf(registry, insecure, signal);
  };
  return {
    ...name,
    resolve: async (reference, signal) => {
      const { pull } = await find(signal);
      const able = pull.filter(({ endpoint }) => endpoint.canResolve);
      return firstOf(able, signal, (host) => resolveManifest(host, { name, reference, scopes: pulling, signal }));
    },
    manifest: async (reference, signal) => {
      const { pull } = await find(signal);
      const able = reference.includes(":") ? pull : pull.filter(({ endpoint }) => endpoint.canResolve);
      return firstOf(able, signal, (host) => readManifest(host, { name, reference, scopes: pulling, signal }));
    },
    blob: async function* (descriptor, options) {
      const { pull } = await find(options.signal);
      yield* pullBlob(pull, { ...options, name, descriptor, scopes: pulling });
    },
    hasBlob: async (digest, signal) => {
      const { origin } = await find(signal);
      return hasBlob(origin, { name, descriptor: { digest }, scopes: pulling, signal });
    },
    pushBlob: async (descriptor, content, options) => {
      const { origin } = await find(options.signal);
      return pushBlob(origin, { ...options, name, descriptor, content, scopes: pushing });
    },
    pushManifest: async (manifest, signal) => {
      const { origin } = await find(signal);
      return writeManifest(origin, { name, scopes: pushing, signal }, manifest);
    },
  };
}

/** Of mirrors in their order, then the registry itself, whose answer counts. */
async function firstOf<T>(
  hosts: readonly RegistryHost[],
  signal: AbortSignal,
  ask: (host: RegistryHost) => Promise<T>,
): Promise<T> {
  for (const host of hosts.slice(0, -1)) {
    try {
      return await ask(host);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TsbakeError)) throw error;
      // What a mirror does not have is nothing to talk about.
      if (error.code !== "registry/not-found") {
        host.persistence(signal).onTrouble?.(`${error.message}; asking the next registry`);
      }
    }
  }
  const last = hosts[hosts.length - 1];
  if (last === undefined) throw new Error("no registry to ask");
  return ask(last);
}
