/** Dockerfiles of targets, each read once a run. */
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import type { SolveRequest } from "../../execute/ports.ts";
import { type LoadedDockerfile, loadDockerfile } from "./load-dockerfile.ts";
import type { EngineServices } from "./services.ts";

export class Dockerfiles {
  readonly #services: EngineServices;
  readonly #loaded = new Map<string, SharedTask<LoadedDockerfile>>();

  constructor(services: EngineServices) {
    this.#services = services;
  }

  /** One that cannot be had is tried again when it is asked for again. */
  load(request: SolveRequest, signal: AbortSignal): Promise<LoadedDockerfile> {
    return shareTask(this.#loaded, request.target.name, signal, () => loadDockerfile(request, this.#services, signal));
  }
}
