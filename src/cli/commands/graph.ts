/** `tsbake graph`: what would be built, in which order, from what, written as what. */
import { plan } from "../../api/plan.ts";
import { compareBytes, enumerate } from "../../base/text.ts";
import { type GraphBuild, type GraphTarget, graphOf, type PlanGraph } from "../../plan/graph.ts";
import { graphAsJson, renderDot, renderMermaid } from "../../report/graph.ts";
import { splitAddresses } from "../addresses.ts";
import { definitionFlags, overrideFlags } from "../build-flags.ts";
import { planOptionsOf } from "../build-options.ts";
import type { Command, Host } from "../command.ts";
import { accept, loadDefinition } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import type { ParsedFlags } from "../flag.ts";
import { renderTrees, type TreeNode } from "../render-tree.ts";
import { type Style, styleFor } from "../style.ts";

export const graphCommand: Command = {
  usage: "[TARGET...]",
  description:
    "Shows the graph of what would be built: targets, the targets they take their contexts from, their outputs. Of several outputs of a\ntarget the first build does the work, and the others export its result again.",
  flags: [
    ...definitionFlags,
    ...overrideFlags,
    {
      name: "format",
      kind: "text",
      choices: ["text", "mermaid", "dot", "json"],
      placeholder: "FORMAT",
      group: "Showing",
      description: "text, mermaid (for Markdown), dot (for Graphviz) or json",
    },
  ],
  examples: [
    ["tsbake graph", "the group or target default"],
    ["tsbake graph release --format mermaid", "for a page of documentation"],
    ["tsbake graph --format dot | dot -Tsvg > graph.svg", "as a picture"],
  ],
  run: graph,
};

async function graph(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const definition = await loadDefinition(flags, host);
  const planned = definition && (await accept(plan(definition, planOptionsOf(flags, host, "print")), host));
  if (!planned) return exitCode.wrongInput;
  const found = withWrittenGroups(graphOf(planned), splitAddresses(flags.words).names);
  host.stdout.write(render(found, flags.text("format"), await styleFor(host.stdout, host.environment)));
  return exitCode.done;
}

/** What was asked for by name is printed, as by bake, as a group called default. Nobody has written that one, so it explains nothing. */
function withWrittenGroups(found: PlanGraph, names: readonly string[]): PlanGraph {
  if (names.length === 0 || names.includes("default")) return found;
  return { ...found, groups: new Map([...found.groups].filter(([name]) => name !== "default")) };
}

function render(found: PlanGraph, format: string | undefined, style: Style): string {
  switch (format) {
    case "mermaid":
      return renderMermaid(found);
    case "dot":
      return renderDot(found);
    case "json":
      return `${JSON.stringify(graphAsJson(found), undefined, 2)}\n`;
    default:
      return renderGraph(found, style);
  }
}

/** Trees whose roots are the targets nobody needs; what several need is shown in full the first time. */
export function renderGraph({ groups, targets }: PlanGraph, style?: Style): string {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const needed = new Set(targets.flatMap(({ links }) => links.map((link) => link.target)));
  const shown = new Set<string>();
  const nodeOf = (target: GraphTarget, label: string): TreeNode => {
    if (shown.has(target.name)) return { text: label, remark: "see above" };
    shown.add(target.name);
    const links = target.links.flatMap(({ context, target: name }) => {
      const linked = byName.get(name);
      return linked ? [nodeOf(linked, name === context ? name : `${name} (as ${context})`)] : [];
    });
    const exports = target.linkedOnly ? [] : target.builds.flatMap(exportNode);
    return {
      text: label,
      place: target.platforms.join(", "),
      remark: target.linkedOnly ? "only because it is needed" : "",
      children: [...links, ...exports],
    };
  };
  const roots = targets.filter(({ name }) => !needed.has(name)).sort((a, b) => compareBytes(a.name, b.name));
  const lines = [...groups].map(([name, members]) => `group ${name}: ${enumerate(members, 12)}\n`);
  return `${lines.join("")}${lines.length > 0 ? "\n" : ""}${renderTrees(
    roots.map((target) => nodeOf(target, target.name)),
    style,
  )}`;
}

function exportNode({ output, repeats }: GraphBuild): readonly TreeNode[] {
  if (output === undefined) return [];
  return [{ text: `→ ${output}`, remark: repeats === undefined ? "" : "the same result again" }];
}
