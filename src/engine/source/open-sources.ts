/** Puts the sources of a node together. */
import { setMaxListeners } from "node:events";
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { Clock } from "../../execute/ports.ts";
import { systemClock } from "../../execute/system-clock.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { openHttp } from "../../registry/http/http-client.ts";
import type { EngineStore } from "../store/store.ts";
import { GitSource } from "./git/git-source.ts";
import { HttpSource } from "./http-source.ts";
import { ImageSource } from "./image-source.ts";
import { resolveLayout } from "./layout-source.ts";
import type { Sources } from "./sources.ts";

export interface SourcesOptions {
  readonly environment: HostEnvironment;
  /** Stays open when the sources are closed: images are pushed through it too. */
  readonly registry: RegistryClient;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Told, in one sentence, of what went wrong and is tried again, or had from elsewhere. */
  readonly onTrouble?: (message: string) => void;
}

/** Asks nothing before something is needed. */
export function openSources(
  store: EngineStore,
  { environment, registry, clock = systemClock, onTrouble = () => {} }: SourcesOptions,
): Sources {
  const http = openHttp(environment);
  const images = new ImageSource({ store, registry, clock, onTrouble });
  const files = new HttpSource({ store, http, clock, onTrouble });
  const repositories = new GitSource({ store, environment, clock, onTrouble });
  // Each thing under way listens to it, which is no leak.
  const shared = (signal: AbortSignal): AbortSignal => {
    setMaxListeners(0, signal);
    return signal;
  };
  return {
    image: (request, signal) => images.resolve(request, shared(signal)),
    layout: resolveLayout,
    http: (request, signal) => files.fetch(request, shared(signal)),
    git: (request, signal) => repositories.fetch(request, shared(signal)),
    close: async () => http.close(),
  };
}
