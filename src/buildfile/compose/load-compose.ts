/** Compose files as build files (spec bake-language, section 23). Loads the YAML parser, so import it only when there is one. */
import { type Checked, type Diagnostic, DiagnosticList } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { didYouMean } from "../../base/suggest.ts";
import { compareBytes } from "../../base/text.ts";
import type { GroupDefinition, TargetDefinition } from "../definition.ts";
import { composeProblem } from "./compose-problems.ts";
import type { ComposeInput } from "./files/compose-input.ts";
import { ComposeLoader, type ParsedFile } from "./files/compose-loader.ts";
import type { ComposeModel } from "./files/model.ts";
import { type ComposeNode, type MapEntry, scalarText, valueAt } from "./node.ts";
import { checkSecrets } from "./services/secrets.ts";
import { targetNameOf } from "./services/service-context.ts";
import { serviceEnvironment } from "./services/service-environment.ts";
import { targetOfService } from "./services/target-of-service.ts";
import { ValueReader } from "./services/value-reader.ts";
import { ComposeVariables } from "./variables/compose-variables.ts";
import { substitute } from "./variables/substitute.ts";

export interface ComposeDefinition {
  readonly targets: ReadonlyMap<string, TargetDefinition>;
  /** The group `default` of all targets, unless there are no services. It is empty where no service is built. */
  readonly groups: ReadonlyMap<string, GroupDefinition>;
  /** The names of the variables that the files ask for. */
  readonly usedVariables: ReadonlySet<string>;
}

/**
 * The targets of the services that are built, of all files as one model: later files are laid over earlier ones. With errors among the
 * diagnostics the definition holds what could be made of the rest.
 */
export function loadCompose(files: readonly Source[], input: ComposeInput): Checked<ComposeDefinition> {
  const report = new DiagnosticList();
  const loader = new ComposeLoader(input, report);
  const parsed = files.map((file) => loader.parse(file));
  // A file that cannot be parsed leaves holes, which would be reported as missing services all over.
  const complete = !report.hasErrors;
  const variables = variablesOf(parsed, input, loader);
  const model = loader.load(parsed, variables);
  const targets = targetsOf(model, { loader, variables, report, input });
  if (complete) checkContent(parsed, model, report);
  const diagnostics = inOrder(complete ? report.items : report.items.filter(isAboutSyntax), files);
  return { value: { targets, groups: groupsOf(model, targets), usedVariables: variables.used }, diagnostics };
}

interface Reading {
  readonly loader: ComposeLoader;
  readonly variables: ComposeVariables;
  readonly report: DiagnosticList;
  readonly input: ComposeInput;
}

const projectVariable = "COMPOSE_PROJECT_NAME";
const defaultProject = "bake";

/** `--var`, the environment, `.env`; and the name of the project, which the last `name:` decides, else the environment. */
function variablesOf(files: readonly ParsedFile[], input: ComposeInput, loader: ComposeLoader): ComposeVariables {
  const environment = input.disableEnvironmentLookup ? new Map<string, string>() : input.environment;
  const given = ComposeVariables.of(input.variables, environment).withFallback(input.environmentFiles ?? new Map());
  const dotEnv = loader.readEnvFile(".env", given.lookUp);
  const variables = dotEnv ? given.withFallback(dotEnv) : given;
  const named = files
    .flatMap(({ documents }) => documents)
    .flatMap((document) => {
      const name = valueAt(document, "name");
      return name?.kind === "text" ? [name.text] : [];
    });
  // What is wrong with its variables is reported when its file is loaded.
  const fromFile = substitute(named.at(-1) ?? "", { lookUp: variables.lookUp, report: () => {} });
  const project = fromFile || variables.lookUp(projectVariable) || defaultProject;
  return variables.withOverride(new Map([[projectVariable, project]]));
}

function targetsOf(model: ComposeModel, { loader, variables, report, input }: Reading): Map<string, TargetDefinition> {
  const { services, secrets } = model;
  const reader = new ValueReader(report);
  const targets = new Map<string, TargetDefinition>();
  checkSecrets(secrets, report);
  for (const [service, entry] of services) {
    if (entry.value.tag === "reset" || !isService(service, entry, report)) continue;
    // Its files have to be there also when nothing is built of the service, as for every tool that reads compose files.
    const environment = serviceEnvironment({ service, node: entry.value, reader, loader, variables });
    if (!valueAt(entry.value, "build")) continue;
    const target = targetOfService(entry, {
      service,
      reader,
      report,
      services,
      secrets,
      pathFrom: (source, path) => loader.pathFrom(source, path),
      contextFolder: input.contextFolder,
      environment,
    });
    if (target === undefined) continue;
    const other = targets.get(target.name);
    if (other) reportEqualNames(service, entry, other, report);
    targets.set(target.name, target);
  }
  return targets;
}

/** One of these every service has. */
const serviceKeys: readonly string[] = ["build", "image"];

function isService(name: string, { key, value }: MapEntry, report: DiagnosticList): boolean {
  const shown = JSON.stringify(name);
  if (!/^[a-zA-Z0-9_-]+$/.test(targetNameOf(name))) {
    const hint = "names are made of letters, digits, _, - and dots";
    report.add(composeProblem("compose/service-name", key, `${shown} is no name of a service`, { hint }));
    return false;
  }
  if (value.kind !== "map" && value.kind !== "null") {
    report.add(composeProblem("compose/value-type", key, `the service ${shown} is not a map`));
    return false;
  }
  const build = value.kind === "map" ? value.entries.get("build") : undefined;
  if (build?.value.kind === "null" && build.value.tag === undefined) {
    const hint = "write build: . for the folder of the file, or take the key out";
    report.add(composeProblem("compose/value-type", build.key, `the build section of ${shown} is empty`, { hint }));
    return false;
  }
  if (namesImage(value) || valueAt(value, "build")) return true;
  const misspelt = [...(value.kind === "map" ? value.entries : [])].find(([found]) => didYouMean(found, serviceKeys));
  const [found, entry] = misspelt ?? [];
  report.add(
    composeProblem(
      "compose/service-incomplete",
      entry?.key ?? key,
      `the service ${shown} has neither an image nor a build section`,
      { hint: found === undefined ? "add build: ., or image: NAME" : didYouMean(found, serviceKeys) },
    ),
  );
  return false;
}

/** The text of an unset variable is no name. */
function namesImage(service: ComposeNode): boolean {
  const image = valueAt(service, "image");
  return image !== undefined && scalarText(image) !== "";
}

function reportEqualNames(service: string, { key }: MapEntry, other: TargetDefinition, report: DiagnosticList): void {
  report.add(
    composeProblem(
      "compose/service-name",
      key,
      `${JSON.stringify(service)} becomes the target ${other.name}, like another service`,
      {
        hint: "dots become underscores: give one of the services another name",
        ...(other.span && { related: [{ message: "the other service is here", span: other.span }] }),
      },
    ),
  );
}

function checkContent(files: readonly ParsedFile[], model: ComposeModel, report: DiagnosticList): void {
  const [file] = files;
  if (file === undefined) return;
  const start = { source: file.source, start: 0, end: 0 };
  const [document] = file.documents;
  const span = document ? { ...document.span, end: document.span.start } : start;
  const sections = files.some(({ documents }) =>
    documents.some(({ entries }) => ["services", "secrets", "include"].some((name) => entries.has(name))),
  );
  if (!sections) {
    const hint = "add services:, with a build section in each service to build";
    report.add(composeProblem("compose/not-compose", span, `${file.source.name} has no services`, { hint }));
  } else if (![...model.services.values()].some(({ value }) => valueAt(value, "build")) && !report.hasErrors) {
    const hint = "add build: . to a service";
    report.add(composeProblem("compose/nothing-to-build", span, "no service has a build section", { hint }));
  }
}

function groupsOf(
  { services }: ComposeModel,
  targets: ReadonlyMap<string, TargetDefinition>,
): ReadonlyMap<string, GroupDefinition> {
  if (services.size === 0) return new Map();
  const names = [...targets.keys()].sort(compareBytes);
  return new Map([["default", { name: "default", targets: names, fromMatrix: false }]]);
}

const syntaxCodes: ReadonlySet<string> = new Set([
  "compose/syntax",
  "compose/duplicate-key",
  "compose/key",
  "compose/alias",
  "compose/merge-key",
  "compose/too-deep",
  "compose/too-large",
  "compose/not-compose",
  "compose/env-file",
]);

function isAboutSyntax({ code }: Diagnostic): boolean {
  return syntaxCodes.has(code);
}

/** In the order of the files and of the places in them; of equal messages at one place, and of warnings, the first stays. */
function inOrder(diagnostics: readonly Diagnostic[], files: readonly Source[]): readonly Diagnostic[] {
  const told = new Set<string>();
  const kept = diagnostics.filter(({ code, severity, message, span }) => {
    const place = severity === "warning" || !span ? "" : `${span.source.name}:${span.start}:${span.end}`;
    const key = `${code} ${place} ${message}`;
    return !told.has(key) && told.add(key);
  });
  const index = new Map(files.map((file, i) => [file.name, i]));
  const indexOf = ({ span }: Diagnostic) => (span ? (index.get(span.source.name) ?? files.length) : files.length + 1);
  return kept.sort((a, b) => indexOf(a) - indexOf(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
}
