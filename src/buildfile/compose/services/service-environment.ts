/** The variables of a service's container, which also give arguments of its build their values. */
import type { Setting } from "../../definition.ts";
import type { ComposeLoader } from "../files/compose-loader.ts";
import { type ComposeNode, valueAt } from "../node.ts";
import type { ComposeVariables } from "../variables/compose-variables.ts";
import { pairsOf } from "./pairs.ts";
import type { ValueReader } from "./value-reader.ts";

export interface EnvironmentSubject {
  readonly service: string;
  readonly node: ComposeNode;
  readonly reader: ValueReader;
  readonly loader: ComposeLoader;
  readonly variables: ComposeVariables;
}

/** Looks in `environment`, then in the files of `env_file`, the last first, then in the variables of the compose files. */
export function serviceEnvironment(subject: EnvironmentSubject): (name: string) => Setting<string> | undefined {
  const { variables } = subject;
  const own = ownVariables(subject);
  const files = fileVariables(subject, (name) => variables.lookUp(name) ?? own.get(name)?.value);
  return (name) => {
    const found = own.get(name) ?? files.get(name);
    if (found) return found;
    const variable = variables.get(name);
    return variable && { value: variable.text, origin: variable.origin };
  };
}

/** A name without a value is taken from the variables of the compose files, so it is left out here. */
function ownVariables({ service, node, reader }: EnvironmentSubject): ReadonlyMap<string, Setting<string>> {
  const own = new Map<string, Setting<string>>();
  const environment = valueAt(node, "environment");
  if (environment === undefined) return own;
  // Checked as a whole only when it can be read at all: it is the container's, not the build's.
  const value = { name: "environment", node: pairsOf(environment) ?? environment };
  for (const { key, value: text, span } of reader.pairs(value)) {
    if (text !== undefined) own.set(key, { value: text, origin: { kind: "compose", span, service } });
  }
  return own;
}

function fileVariables(
  { service, node, reader, loader }: EnvironmentSubject,
  lookUp: (name: string) => string | undefined,
): ReadonlyMap<string, Setting<string>> {
  const found = new Map<string, Setting<string>>();
  const listed = valueAt(node, "env_file");
  if (listed === undefined) return found;
  const items = listed.kind === "text" ? [listed] : reader.items({ name: "env_file", node: listed });
  for (const [i, item] of items.entries()) {
    const path = reader.text({
      name: `env_file[${i}]`,
      node: item.kind === "map" ? (valueAt(item, "path") ?? item) : item,
    });
    if (path === undefined) continue;
    const resolved = loader.pathFrom(path.span.source, path.text);
    const format = valueAt(item, "format");
    const values = loader.readEnvFile(resolved, lookUp, { raw: format?.kind === "text" && format.text === "raw" });
    if (values === undefined && isRequired(item, reader)) loader.reportMissing(resolved, path.span);
    for (const [name, { text, span }] of values ?? []) {
      found.set(name, { value: text, origin: { kind: "compose", span, service } });
    }
  }
  return found;
}

function isRequired(item: ComposeNode, reader: ValueReader): boolean {
  const required = valueAt(item, "required");
  return required === undefined || reader.boolean({ name: "env_file.required", node: required }) !== false;
}
