/** Dockerfiles of targets, each read once a run. */
import type { SolveRequest } from "../../execute/ports.ts";
import { type LoadedDockerfile, loadDockerfile } from "./load-dockerfile.ts";
import type { EngineServices } from "./services.ts";

export class Dockerfiles {
  readonly #services: EngineServices;
  readonly #loaded = new Map<string, Promise<LoadedDockerfile>>();

  constructor(services: EngineServices) {
    this.#services = services;
  }

  /** One that cannot be had is tried again when it is asked for again. */
  load(request: SolveRequest, signal: AbortSignal): Promise<LoadedDockerfile> {
    const { name } = request.target;
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const loaded = loadDockerfile(request, this.#services, signal);
    this.#loaded.set(name, loaded);
    loaded.catch(() => this.#loaded.delete(name));
    return loaded;
  }
}
