/** Replaces the variables in the values of a document. Keys are not looked into. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { ComposeNode, MapEntry, MapNode } from "../node.ts";
import type { ComposeVariables } from "./compose-variables.ts";
import { substitute } from "./substitute.ts";
import { templateDiagnostic } from "./template-diagnostic.ts";

/** What of a service is read; unset variables elsewhere (commands, ports) are no concern of a build. */
const readKeys: ReadonlySet<string> = new Set(["image", "build", "extends"]);
const readTopKeys: ReadonlySet<string> = new Set(["name", "include", "secrets"]);

/** What is wrong with the variables is reported; unset ones only where the value is read. */
export function interpolateDocument(document: MapNode, variables: ComposeVariables, report: DiagnosticList): MapNode {
  const read = new Interpolation(variables, report, { warn: true });
  const unread = new Interpolation(variables, report, { warn: false });
  return mapEntries(document, (key, value) => {
    if (key !== "services" || value.kind !== "map") return (readTopKeys.has(key) ? read : unread).node(value);
    return mapEntries(value, (_, service) => {
      if (service.kind !== "map") return read.node(service);
      return mapEntries(service, (name, part) => (readKeys.has(name) ? read : unread).node(part));
    });
  });
}

class Interpolation {
  readonly #variables: ComposeVariables;
  readonly #report: DiagnosticList;
  readonly #warn: boolean;
  /** Nodes that aliases share are looked into once. */
  readonly #done = new Map<ComposeNode, ComposeNode>();

  constructor(variables: ComposeVariables, report: DiagnosticList, options: { readonly warn: boolean }) {
    this.#variables = variables;
    this.#report = report;
    this.#warn = options.warn;
  }

  node(node: ComposeNode): ComposeNode {
    if (node.kind !== "text" && node.kind !== "list" && node.kind !== "map") return node;
    const known = this.#done.get(node);
    if (known) return known;
    const result = this.#replaced(node);
    this.#done.set(node, result);
    return result;
  }

  #replaced(node: ComposeNode): ComposeNode {
    if (node.kind === "map") return mapEntries(node, (_, value) => this.node(value));
    if (node.kind === "list") return { ...node, items: node.items.map((item) => this.node(item)) };
    if (node.kind !== "text" || !node.text.includes("$")) return node;
    const text = substitute(node.text, {
      lookUp: this.#variables.lookUp,
      report: (problem) => {
        if (problem.kind !== "unset" || this.#warn) this.#report.add(templateDiagnostic(problem, node.span));
      },
    });
    return { ...node, text };
  }
}

function mapEntries(map: MapNode, change: (key: string, value: ComposeNode) => ComposeNode): MapNode {
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of map.entries) entries.set(key, { key: entry.key, value: change(key, entry.value) });
  return { ...map, entries };
}
