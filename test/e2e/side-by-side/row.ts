/** One attribute of a build file, or one parameter of an exporter, and what there is to build for it. */

export interface Row {
  /** A target's name, too: it says what the row is about. */
  readonly name: string;
  /** Lines of the Dockerfile after `FROM base AS result`, in which `/bin/sh` runs. Without any, the target says which Dockerfile it is. */
  readonly lines?: readonly string[];
  /** Attributes of the target, as they stand in the build file. */
  readonly target?: readonly string[];
  /** Each program does the work itself: what it finds of the other's work in the cache would hide what it asks for. */
  readonly fresh?: boolean;
}

/** The build file of many rows. Every result is an archive unless the row says otherwise. */
export function buildFile(rows: readonly Row[], variables: readonly string[] = []): string {
  return [...variables.map((name) => `variable "${name}" {}\n`), ...rows.map(renderTarget)].join("\n");
}

function renderTarget({ name, lines, target = [], fresh = false }: Row): string {
  const given = target.join("\n");
  const attributes = [
    ...(lines === undefined ? [] : [`dockerfile-inline = <<EOF\n${dockerfile(lines)}\nEOF`]),
    ...(fresh ? [`no-cache = true`] : []),
    ...(/^output\b/m.test(given) ? [] : [`output = ["type=oci,dest=out/${name}.tar"]`]),
    ...target,
  ];
  return `target "${name}" {\n${attributes.join("\n")}\n}\n`;
}

/** `$` and `%` begin a template in a build file where a brace follows. */
function dockerfile(lines: readonly string[]): string {
  return ["FROM scratch AS base", "COPY base/ /", "FROM base AS result", ...lines].join("\n").replaceAll("${", "$${");
}
