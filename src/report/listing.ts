/** What a definition offers: its targets and groups, its variables; as a table and as JSON (spec bake-language, section 25.2). */
import { compareBytes, stripControl } from "../base/text.ts";
import type { Definition, GroupDefinition } from "../buildfile/definition.ts";

export interface ListedTarget {
  readonly name: string;
  readonly description?: string;
  readonly group?: true;
}

export interface ListedVariable {
  readonly name: string;
  readonly description?: string;
  readonly type?: string;
  /** Absent for null. */
  readonly value?: string;
}

/** Sorted by name; names that begin with `_` are internal and left out. A group hides a target of its name. */
export function listTargets(definition: Definition): readonly ListedTarget[] {
  const groups = [...definition.groups.values()].map((group) => ({
    name: group.name,
    description: groupDescription(group),
    group: true as const,
  }));
  const targets = [...definition.targets.values()]
    .filter(({ name }) => !definition.groups.has(name))
    .map(({ name, settings }) => ({ name, ...described(settings.description?.value) }));
  return [...groups, ...targets].filter(({ name }) => !name.startsWith("_")).sort(byName);
}

export function listVariables(definition: Definition): readonly ListedVariable[] {
  return [...definition.variables.values()]
    .map(({ name, description, type, value }) => ({
      name,
      ...described(description),
      ...(type === undefined ? {} : { type }),
      ...(value === undefined ? {} : { value }),
    }))
    .sort(byName);
}

export function renderTargets(targets: readonly ListedTarget[]): string {
  return renderTable(
    ["TARGET", "DESCRIPTION"],
    targets.map(({ name, description }) => [name, description ?? ""]),
  );
}

export function renderVariables(variables: readonly ListedVariable[]): string {
  return renderTable(
    ["VARIABLE", "TYPE", "VALUE", "DESCRIPTION"],
    variables.map(({ name, type, value, description }) => [name, type ?? "", value ?? "<null>", description ?? ""]),
  );
}

function groupDescription({ description = "", targets }: GroupDefinition): string {
  const members = [...targets].sort(compareBytes).join(", ");
  return description === "" ? members : `${description} (${members})`;
}

function described(description: string | undefined): { readonly description?: string } {
  return description ? { description } : {};
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareBytes(a.name, b.name);
}

/** Columns as wide as they need to be, separated by at least two spaces; values in one line each. */
function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => stripControl(cell).replace(/\s*\n\s*/g, " ")));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
