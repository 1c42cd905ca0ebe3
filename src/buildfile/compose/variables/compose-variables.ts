/** The variables of compose files: where a value comes from, and which were asked for. */
import type { Origin } from "../../definition.ts";
import type { EnvironmentEntry } from "../../environment-file.ts";

export interface VariableValue {
  readonly text: string;
  readonly origin: Origin;
}

type Layer = (name: string) => VariableValue | undefined;

/** Layers of variables, the first that has a name counts. */
export class ComposeVariables {
  readonly #layers: readonly Layer[];
  readonly #used: Set<string>;

  private constructor(layers: readonly Layer[], used: Set<string>) {
    this.#layers = layers;
    this.#used = used;
  }

  /** `--var` before the environment of the process. */
  static of(flags: ReadonlyMap<string, string>, environment: ReadonlyMap<string, string>): ComposeVariables {
    const flagLayer: Layer = (name) => {
      const text = flags.get(name);
      return text === undefined ? undefined : { text, origin: { kind: "override", flag: `--var ${name}=${text}` } };
    };
    return new ComposeVariables([flagLayer, environmentLayer(environment)], new Set());
  }

  /** With values for the names that have none yet. */
  withFallback(values: ReadonlyMap<string, EnvironmentEntry>): ComposeVariables {
    return new ComposeVariables([...this.#layers, fileLayer(values)], this.#used);
  }

  /** With values that come before all others. */
  withOverride(values: ReadonlyMap<string, string>): ComposeVariables {
    return new ComposeVariables([environmentLayer(values), ...this.#layers], this.#used);
  }

  get(name: string): VariableValue | undefined {
    this.#used.add(name);
    for (const layer of this.#layers) {
      const value = layer(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Every name that was asked for, here or in variables derived from these. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  readonly lookUp = (name: string): string | undefined => this.get(name)?.text;
}

function environmentLayer(values: ReadonlyMap<string, string>): Layer {
  return (variable) => {
    const text = values.get(variable);
    return text === undefined ? undefined : { text, origin: { kind: "environment", variable } };
  };
}

function fileLayer(values: ReadonlyMap<string, EnvironmentEntry>): Layer {
  return (variable) => {
    const entry = values.get(variable);
    return entry && { text: entry.text, origin: { kind: "environment", variable, span: entry.span } };
  };
}
