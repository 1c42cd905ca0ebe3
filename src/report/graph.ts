/** The graph of a plan in the languages of other tools: Mermaid, Graphviz, JSON. */
import type { GraphTarget, PlanGraph } from "../plan/graph.ts";

/** For Markdown that renders Mermaid. Arrows go the way data goes; dotted ones repeat an export from the cache. */
export function renderMermaid({ targets }: PlanGraph): string {
  const ids = idsOf(targets);
  const lines = targets.flatMap((target) => {
    const id = ids.get(target.name) ?? "";
    const label = mermaidText([target.name, ...target.platforms].join("\n"));
    return [
      target.linkedOnly ? `${id}(["${label}"])` : `${id}["${label}"]`,
      ...target.links.map(({ context, target: from }) => `${ids.get(from)} -- "${mermaidText(context)}" --> ${id}`),
      ...target.builds.flatMap(({ output, repeats }, i) =>
        output === undefined || target.linkedOnly
          ? []
          : [`${id} ${repeats === undefined ? "-->" : "-. again .->"} ${id}_${i}[/"${mermaidText(output)}"/]`],
      ),
    ];
  });
  return ["flowchart LR", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

/** For Graphviz: `tsbake graph --format dot | dot -Tsvg`. */
export function renderDot({ targets }: PlanGraph): string {
  const ids = idsOf(targets);
  const lines = targets.flatMap((target) => {
    const id = ids.get(target.name) ?? "";
    const style = target.linkedOnly ? ", style=dashed" : "";
    return [
      `${id} [label=${dotText([target.name, ...target.platforms].join("\n"))}${style}];`,
      ...target.links.map(({ context, target: from }) => `${ids.get(from)} -> ${id} [label=${dotText(context)}];`),
      ...target.builds.flatMap(({ output, repeats }, i) =>
        output === undefined || target.linkedOnly
          ? []
          : [
              `${id}_${i} [shape=note, label=${dotText(output)}];`,
              `${id} -> ${id}_${i}${repeats === undefined ? "" : " [style=dotted, label=again]"};`,
            ],
      ),
    ];
  });
  return ["digraph plan {", "  rankdir=LR;", "  node [shape=box];", ...lines.map((line) => `  ${line}`), "}", ""].join(
    "\n",
  );
}

export interface JsonGraph {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Each after those it links to. */
  readonly targets: readonly GraphTarget[];
}

export function graphAsJson({ groups, targets }: PlanGraph): JsonGraph {
  return { groups: Object.fromEntries(groups), targets };
}

/** Names of targets can be words of these languages (`end`, `graph`), so nodes are numbered. */
function idsOf(targets: readonly GraphTarget[]): ReadonlyMap<string, string> {
  return new Map(targets.map(({ name }, i) => [name, `t${i}`]));
}

function mermaidText(text: string): string {
  const entities: Readonly<Record<string, string>> = { "\n": "<br/>" };
  return text.replace(/[\n"<>#&`]/g, (character) => entities[character] ?? `#${character.charCodeAt(0)};`);
}

function dotText(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
