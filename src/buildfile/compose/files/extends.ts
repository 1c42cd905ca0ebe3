/** `extends`: services that begin as another one, of the same file or of another. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { didYouMean } from "../../../base/suggest.ts";
import { composeProblem } from "../compose-problems.ts";
import { type ComposeNode, describeNode, type MapEntry, type MapNode } from "../node.ts";
import { mergeService } from "./merge.ts";

/** A file whose services may extend each other and those of other files. */
export interface LoadedFile {
  readonly services: ReadonlyMap<string, MapEntry>;
  readonly report: DiagnosticList;
  /** Opens a file that an `extends` names; a missing one is reported at `span`. */
  readonly openExtended: (path: string, span: Span) => ExtendedServices | undefined;
}

/** The services of one file, those that extend others completed. */
export class ExtendedServices {
  readonly #file: LoadedFile;
  readonly #done = new Map<string, ComposeNode>();

  constructor(file: LoadedFile) {
    this.#file = file;
  }

  resolveAll(): ReadonlyMap<string, MapEntry> {
    const { services } = this.#file;
    return new Map([...services].map(([name, entry]) => [name, { key: entry.key, value: this.#resolve(name, entry) }]));
  }

  #resolve(name: string, entry: MapEntry): ComposeNode {
    return this.#done.get(name) ?? resolveChain({ services: this, name, entry });
  }

  /** What a link of a chain needs to know, and what the end of a chain leaves behind. */
  get file(): LoadedFile {
    return this.#file;
  }

  known(name: string): ComposeNode | undefined {
    return this.#done.get(name);
  }

  remember(name: string, service: ComposeNode): void {
    this.#done.set(name, service);
  }
}

interface Link {
  readonly services: ExtendedServices;
  readonly name: string;
  readonly entry: MapEntry;
}

/** Follows the chain to a service that extends nothing, and merges back from there. A loop, because chains may be long. */
function resolveChain(start: Link): ComposeNode {
  const chain: Link[] = [];
  const names = new Map<ExtendedServices, Set<string>>();
  let base: ComposeNode | undefined;
  for (let link: Link | undefined = start; link !== undefined; ) {
    const seen = names.get(link.services) ?? new Set();
    if (seen.has(link.name)) {
      reportCycle([...chain, link]);
      break;
    }
    names.set(link.services, seen.add(link.name));
    base = link.services.known(link.name);
    if (base !== undefined) break;
    chain.push(link);
    link = next(link);
  }
  for (const { services, name, entry } of chain.reverse()) {
    const own = withoutExtends(entry.value);
    base = base === undefined ? own : mergeService(base, own, services.file.report);
    services.remember(name, base);
  }
  return base ?? start.entry.value;
}

/** The service that a service extends; undefined when there is none, or none that can be found. */
function next({ services, name, entry }: Link): Link | undefined {
  const { file } = services;
  const extended = entry.value.kind === "map" ? entry.value.entries.get("extends") : undefined;
  if (extended === undefined || extended.value.kind === "null" || extended.value.tag === "reset") return undefined;
  const wanted = readExtends(extended, file);
  if (wanted === undefined) return undefined;
  const other = wanted.file === undefined ? services : file.openExtended(wanted.file, wanted.span);
  if (other === undefined) return undefined;
  const found = other.file.services.get(wanted.service);
  if (found) return { services: other, name: wanted.service, entry: found };
  const where = wanted.file === undefined ? "this file" : wanted.file;
  file.report.add(
    composeProblem(
      "compose/extends",
      wanted.span,
      `service ${JSON.stringify(name)} extends ${JSON.stringify(wanted.service)}, which is no service of ${where}`,
      { hint: didYouMean(wanted.service, other.file.services.keys()) },
    ),
  );
  return undefined;
}

interface WantedService {
  readonly service: string;
  readonly file?: string;
  readonly span: Span;
}

function readExtends({ key, value }: MapEntry, { report }: LoadedFile): WantedService | undefined {
  if (value.kind === "text") return { service: value.text, span: value.span };
  const service = value.kind === "map" ? value.entries.get("service")?.value : undefined;
  const file = value.kind === "map" ? value.entries.get("file")?.value : undefined;
  const fileFits = file === undefined || file.kind === "text" || file.kind === "null";
  if (value.kind === "map" && service?.kind === "text" && fileFits) {
    return { service: service.text, span: service.span, ...(file?.kind === "text" && { file: file.text }) };
  }
  const found = value.kind === "map" ? "here one of them is missing or no text" : `not ${describeNode(value)}`;
  report.add(
    composeProblem("compose/extends", key, `extends takes a service and, if it is elsewhere, a file, ${found}`, {
      hint: "write extends: { service: NAME } or extends: { file: FILE, service: NAME }",
    }),
  );
  return undefined;
}

function reportCycle(links: readonly Link[]): void {
  const last = links.at(-1);
  if (last === undefined) return;
  const circle = links.slice(links.findIndex(({ services, name }) => services === last.services && name === last.name));
  const names = circle.map(({ name }) => JSON.stringify(name));
  const shown = names.length <= 8 ? names : [...names.slice(0, 5), "…", ...names.slice(-2)];
  last.services.file.report.add(
    composeProblem("compose/extends-cycle", last.entry.key, `services extend each other: ${shown.join(" → ")}`, {
      hint: "let one of them extend nothing",
      related: circle
        .slice(1, -1)
        .slice(0, 8)
        .map(({ name, entry }) => ({
          message: `${JSON.stringify(name)} is here`,
          span: entry.key,
        })),
    }),
  );
}

function withoutExtends(service: ComposeNode): ComposeNode {
  if (service.kind !== "map" || !service.entries.has("extends")) return service;
  const entries = new Map(service.entries);
  entries.delete("extends");
  const own: MapNode = { ...service, entries };
  return own;
}
