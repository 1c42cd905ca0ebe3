/** Exports that only remember whether they are staged or published. */
import type { ExporterPort, PreparedExport, Waiting } from "../../src/execute/ports.ts";
import type { Build } from "../../src/plan/plan.ts";

export class FakeExports implements ExporterPort {
  /** `app#0/7`: what the seventh preparation, one for app#0, holds staged. */
  readonly staged: Set<string> = new Set();
  readonly published: string[] = [];
  /** What `prepare` throws, by build. */
  readonly refusals: Map<string, unknown> = new Map();
  /** What `publish` throws, by build. */
  readonly publishErrors: Map<string, unknown> = new Map();
  /** What `publish` waits for, by build. */
  readonly waits: Map<string, (waiting: Waiting | undefined) => Promise<void>> = new Map();
  readonly troubles: Map<string, PreparedExport["trouble"]> = new Map();

  #prepared = 0;

  readonly prepare = async (build: Build): Promise<PreparedExport> => {
    const refusal = this.refusals.get(build.id);
    if (refusal !== undefined) throw refusal;
    const trouble = this.troubles.get(build.id);
    const name = `${build.id}/${++this.#prepared}`;
    return {
      exporter: build.output?.type,
      attributes: new Map(),
      sink: {
        kind: "folder",
        open: async () => {
          this.staged.add(name);
          return "/nowhere";
        },
      },
      ...(trouble === undefined ? {} : { trouble }),
      publish: async (_result, waiting) => {
        await this.waits.get(build.id)?.(waiting);
        const error = this.publishErrors.get(build.id);
        if (error !== undefined) throw error;
        this.staged.delete(name);
        this.published.push(build.id);
        return [`out/${build.id}`];
      },
      discard: async () => {
        this.staged.delete(name);
      },
    };
  };
}
