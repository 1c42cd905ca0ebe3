/** `include`: the list of other compose files whose services and secrets belong to this one. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import { composeProblem } from "../compose-problems.ts";
import { type ComposeNode, describeNode, type TextNode, valueAt } from "../node.ts";

export interface Include {
  /** The first is the file, the others are laid over it. */
  readonly paths: readonly TextNode[];
  readonly projectDirectory?: TextNode;
  /** Absent: the `.env` of the project directory. */
  readonly envFiles?: readonly TextNode[];
}

/** The entries that can be read; what is wrong with the others is reported. */
export function readIncludes(node: ComposeNode | undefined, report: DiagnosticList): readonly Include[] {
  if (node === undefined) return [];
  if (node.kind === "list") return node.items.flatMap((item) => readInclude(item, report) ?? []);
  report.add(composeProblem("compose/include", node.span, `include is a list of files, not ${describeNode(node)}`));
  return [];
}

function readInclude(node: ComposeNode, report: DiagnosticList): Include | undefined {
  const isMap = node.kind === "map";
  const paths = texts(isMap ? valueAt(node, "path") : node);
  const envFiles = isMap ? valueAt(node, "env_file") : undefined;
  const projectDirectory = valueAt(node, "project_directory");
  const envPaths = texts(envFiles);
  const fits = envFiles === undefined || envPaths !== undefined;
  if (paths === undefined || paths.length === 0 || !fits || (projectDirectory && projectDirectory.kind !== "text")) {
    report.add(
      composeProblem("compose/include", node.span, "an include is a path, or a map with a path", {
        hint: "write - other/compose.yaml, or - path: other/compose.yaml with project_directory or env_file",
      }),
    );
    return undefined;
  }
  const remote = paths.find(({ text }) => /^(?:[a-z+]+:\/\/|git@|github\.com\/)/.test(text));
  if (remote) {
    report.add(
      composeProblem("compose/include", remote.span, `${remote.text} is not a file of this machine`, {
        hint: "download it, or check it out, and include the local copy",
      }),
    );
    return undefined;
  }
  return {
    paths,
    ...(projectDirectory?.kind === "text" && { projectDirectory }),
    ...(envPaths && { envFiles: envPaths }),
  };
}

function texts(node: ComposeNode | undefined): readonly TextNode[] | undefined {
  if (node?.kind === "text") return [node];
  if (node?.kind !== "list") return undefined;
  const found = node.items.filter((item) => item.kind === "text");
  return found.length === node.items.length ? found : undefined;
}
