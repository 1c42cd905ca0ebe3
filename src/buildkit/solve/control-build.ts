/** One build on a daemon as its control service sees it: the Solve that is answered at the end, and the status beside it. */
import type { SolveRequest } from "../gen/control.ts";
import type { RpcConnection } from "../rpc/connection.ts";
import * as control from "../rpc/control-methods.ts";
import type { Steps } from "./steps.ts";

export interface ControlBuildOptions {
  readonly request: SolveRequest;
  /** Where the Solve is sent, and where the status is followed. */
  readonly solveOn: RpcConnection;
  readonly statusOn: RpcConnection;
  readonly steps: Steps;
  /** Cancels the build on the daemon. The status is followed on, to see its end. */
  readonly signal: AbortSignal;
}

/** A cancelled build tells its end within this time after the last it told. */
const silenceMs = 5000;
/** A build that was refused never tells anything; the daemon would have us wait for it to begin. */
const neverHeardMs = 500;

export class ControlBuild {
  readonly ref: string;
  /** The exporter's answer. Rejects with an RpcError, a TsbakeError or the signal's reason; never unhandled. */
  readonly answer: Promise<ReadonlyMap<string, string>>;
  readonly #status = new AbortController();
  readonly #followed: Promise<void>;
  #heardAt = performance.now();
  #statusEnded = false;
  #answered = false;
  #heard = false;

  /** Sends the Solve and asks for the status at once: the daemon waits for neither for long. */
  constructor({ request, solveOn, statusOn, steps, signal }: ControlBuildOptions) {
    this.ref = request.Ref;
    this.answer = solveOn.unary(control.solve, request, { signal }).then((response) => response.ExporterResponse);
    const note = (): void => {
      this.#answered = true;
    };
    this.answer.then(note, note);
    this.#followed = this.#follow(statusOn, steps);
  }

  /** True when nothing is waited for any more. */
  get answered(): boolean {
    return this.#answered;
  }

  /** True when the daemon has told all it will of this build. */
  get statusEnded(): boolean {
    return this.#statusEnded;
  }

  /** Resolves when the status has ended or nothing came for five seconds; then nothing of the build is under way on our side. Never rejects. */
  async drain(): Promise<void> {
    this.#heardAt = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - this.#heardAt > (this.#heard ? silenceMs : neverHeardMs)) this.#status.abort();
    }, 100);
    await this.#followed;
    clearInterval(timer);
  }

  async #follow(connection: RpcConnection, steps: Steps): Promise<void> {
    try {
      const stream = connection.serverStream(control.status, { Ref: this.ref }, { signal: this.#status.signal });
      for await (const response of stream) {
        this.#heardAt = performance.now();
        this.#heard = true;
        steps.accept(response);
      }
    } catch {
      // The Solve says what is wrong; a status that breaks off adds nothing to it.
    } finally {
      this.#statusEnded = true;
    }
  }
}
