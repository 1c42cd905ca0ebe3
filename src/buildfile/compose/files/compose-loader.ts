/** From texts to one model: reads the files, follows `include` and `extends`, merges. */
import { type DiagnosticList, hasErrors } from "../../../base/diagnostic.ts";
import { joinPath } from "../../../base/path.ts";
import type { Source, Span } from "../../../base/span.ts";
import type { EnvironmentEntry } from "../../environment-file.ts";
import { composeProblem } from "../compose-problems.ts";
import {
  type ComposeNode,
  describeNode,
  type MapEntry,
  type MapNode,
  noEntries,
  type TextNode,
  valueAt,
} from "../node.ts";
import type { ComposeVariables } from "../variables/compose-variables.ts";
import { parseEnvFile } from "../variables/env-file.ts";
import { interpolateDocument } from "../variables/interpolate.ts";
import { parseYaml } from "../yaml/parse-yaml.ts";
import type { ComposeInput } from "./compose-input.ts";
import { ExtendedServices, type LoadedFile } from "./extends.ts";
import { type Include, readIncludes } from "./include.ts";
import { buildOfContext } from "./merge.ts";
import { type ComposeModel, emptyModel, type Folders, mergeModels } from "./model.ts";

/** Files that include the same files again and again are stopped here. */
const mostFiles = 1000;

/** What the files of one level have in common. */
interface Level {
  /** Relative paths start here. */
  readonly folder: string;
  readonly variables: ComposeVariables;
  /** The files that include this one, outermost first. */
  readonly trail: readonly string[];
  /** Extended files that are open, by path. */
  readonly extended: Map<string, ExtendedServices | undefined>;
}

export interface ParsedFile {
  readonly source: Source;
  readonly documents: readonly MapNode[];
  /** Whether the text was YAML at all. */
  readonly isWhole: boolean;
}

export class ComposeLoader {
  readonly #input: ComposeInput;
  readonly #report: DiagnosticList;
  readonly #folders: Folders = new Map();
  #read = 0;

  constructor(input: ComposeInput, report: DiagnosticList) {
    this.#input = input;
    this.#report = report;
  }

  /** The documents of a file; those that are no maps are reported. */
  parse(source: Source): ParsedFile {
    const { value, diagnostics } = parseYaml(source);
    this.#report.addAll(diagnostics);
    const documents = value.flatMap((node) => {
      if (node.kind === "map") return [node];
      if (node.kind === "null") return [];
      const message = `a compose file is a map with services, this is ${describeNode(node)}`;
      this.#report.add(composeProblem("compose/not-compose", node.span, message));
      return [];
    });
    return { source, documents, isWhole: !hasErrors(diagnostics) };
  }

  /** One model of files that are laid over each other. */
  load(files: readonly ParsedFile[], variables: ComposeVariables): ComposeModel {
    const level: Level = { folder: ".", variables, trail: [], extended: new Map() };
    return this.#loadFiles(files, level);
  }

  /** A path of a file, as seen from the working folder. */
  pathFrom(source: Source, path: string): string {
    return this.#path(this.#folders.get(source) ?? ".", path);
  }

  /** The variables of an environment file; undefined when there is no such file. */
  readEnvFile(
    path: string,
    variables: ComposeVariables["lookUp"],
    options?: { readonly raw: boolean },
  ): ReadonlyMap<string, EnvironmentEntry> | undefined {
    const text = this.#input.readFile(path);
    if (text === undefined) return undefined;
    const { value, diagnostics } = parseEnvFile({ name: path, text }, variables, options);
    this.#report.addAll(diagnostics);
    return value;
  }

  reportMissing(path: string, span: Span): void {
    this.#report.add(
      composeProblem("compose/file-not-found", span, `${path} does not exist`, {
        hint: "paths in compose files start from the working folder, those of included and extended files from their own folder",
      }),
    );
  }

  #loadFiles(files: readonly ParsedFile[], level: Level): ComposeModel {
    let model = emptyModel;
    for (const { source, documents } of files) {
      this.#folders.set(source, level.folder);
      for (const document of documents) {
        const loaded = this.#loadDocument(document, { ...level, trail: [...level.trail, source.name] });
        model = mergeModels(model, loaded, this.#report);
      }
    }
    return model;
  }

  #loadDocument(document: MapNode, level: Level): ComposeModel {
    const interpolated = interpolateDocument(document, level.variables, this.#report);
    let model: ComposeModel = {
      services: this.#section(interpolated, "services"),
      secrets: this.#section(interpolated, "secrets"),
    };
    // What is included comes before what includes it, and a later include before an earlier one.
    for (const include of readIncludes(valueAt(interpolated, "include"), this.#report)) {
      const included = this.#include(include, level);
      if (included) model = mergeModels(included, model, this.#report);
    }
    return {
      services: new ExtendedServices(this.#loadedFile(model.services, level)).resolveAll(),
      secrets: model.secrets,
    };
  }

  #section(document: MapNode, name: string): ReadonlyMap<string, MapEntry> {
    const section = document.entries.get(name);
    if (section === undefined || section.value.kind === "null") return noEntries;
    if (section.value.kind === "map") return section.value.entries;
    const message = `${name} is a map of names, not ${describeNode(section.value)}`;
    this.#report.add(composeProblem("compose/value-type", section.key, message));
    return noEntries;
  }

  #include({ paths, projectDirectory, envFiles }: Include, level: Level): ComposeModel | undefined {
    const [first] = paths;
    if (first === undefined) return undefined;
    const main = this.#path(level.folder, first.text);
    if (level.trail.includes(main)) {
      const chain = [...level.trail.slice(level.trail.indexOf(main)), main];
      const message = `files include each other: ${chain.join(" → ")}`;
      this.#report.add(
        composeProblem("compose/include-cycle", first.span, message, { hint: "remove one of the includes" }),
      );
      return undefined;
    }
    const folder = projectDirectory ? this.#path(level.folder, projectDirectory.text) : folderOf(main);
    const files = paths.flatMap((path) => this.#open(this.#path(level.folder, path.text), path.span) ?? []);
    const inner: Level = {
      folder,
      variables: level.variables.withFallback(this.#includedEnvironment(envFiles, folder, level)),
      trail: level.trail,
      extended: new Map(),
    };
    return withDefaultContexts(this.#loadFiles(files, inner));
  }

  #includedEnvironment(
    envFiles: readonly TextNode[] | undefined,
    folder: string,
    { folder: outer, variables }: Level,
  ): ReadonlyMap<string, EnvironmentEntry> {
    if (envFiles === undefined) return this.readEnvFile(this.#path(folder, ".env"), variables.lookUp) ?? new Map();
    const values = new Map<string, EnvironmentEntry>();
    for (const { text, span } of envFiles) {
      if (text === "/dev/null") continue;
      const path = this.#path(outer, text);
      const read = this.readEnvFile(path, variables.lookUp);
      if (read === undefined) this.reportMissing(path, span);
      for (const [name, value] of read ?? []) values.set(name, value);
    }
    return values;
  }

  #loadedFile(services: ReadonlyMap<string, MapEntry>, level: Level): LoadedFile {
    return { services, report: this.#report, openExtended: (path, span) => this.#openExtended(path, span, level) };
  }

  #openExtended(written: string, span: Span, level: Level): ExtendedServices | undefined {
    const path = this.#path(level.folder, written);
    const known = level.extended.get(path);
    if (known) return known;
    const file = this.#open(path, span);
    // What a broken file lacks is no mistake of the file that names it.
    if (!file?.isWhole) return undefined;
    const inner: Level = { ...level, folder: folderOf(path) };
    this.#folders.set(file.source, inner.folder);
    let model = emptyModel;
    for (const document of file.documents) {
      const interpolated = interpolateDocument(document, level.variables, this.#report);
      const services = this.#section(interpolated, "services");
      model = mergeModels(model, { services, secrets: noEntries }, this.#report);
    }
    const extended = new ExtendedServices(this.#loadedFile(model.services, inner));
    level.extended.set(path, extended);
    return extended;
  }

  #open(path: string, span: Span): ParsedFile | undefined {
    if (++this.#read > mostFiles) {
      if (this.#read === mostFiles + 1) {
        const message = `more than ${mostFiles} files are included or extended`;
        this.#report.add(
          composeProblem("compose/include", span, message, { hint: "do files include the same files again?" }),
        );
      }
      return undefined;
    }
    const text = this.#input.readFile(path);
    if (text === undefined) {
      this.reportMissing(path, span);
      return undefined;
    }
    return this.parse({ name: path, text });
  }

  #path(folder: string, path: string): string {
    const { homeFolder } = this.#input;
    if (homeFolder !== undefined && (path === "~" || path.startsWith("~/"))) return joinPath(homeFolder, path.slice(2));
    return joinPath(folder, path);
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : path.slice(0, slash) || "/";
}

/** An included service without a context is built from its own project directory, not from that of the file that includes it. */
function withDefaultContexts(model: ComposeModel): ComposeModel {
  const services = new Map<string, MapEntry>();
  for (const [name, { key, value }] of model.services)
    services.set(name, { key, value: withDefaultContext(value, key) });
  return { ...model, services };
}

function withDefaultContext(service: ComposeNode, key: Span): ComposeNode {
  const build = valueAt(service, "build");
  const entry = service.kind === "map" ? service.entries.get("build") : undefined;
  if (service.kind !== "map" || build?.kind !== "map" || !entry || valueAt(build, "context")) return service;
  const { entries } = buildOfContext({ kind: "text", text: ".", span: key });
  const completed: MapNode = { ...build, entries: new Map([...build.entries, ...entries]) };
  return { ...service, entries: new Map([...service.entries, ["build", { key: entry.key, value: completed }]]) };
}
