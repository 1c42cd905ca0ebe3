/** The flags beside `--set` that change targets: those of bake, on all targets, and those of build, on the selected ones. */
import { parseBoolean } from "../../base/boolean.ts";
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import { problem } from "../problem.ts";
import { overrideAttributes } from "./attribute.ts";
import type { Override } from "./override.ts";

/** What was given; absent flags were not. */
export interface BuildFlags {
  readonly push?: boolean;
  readonly load?: boolean;
  readonly pull?: boolean;
  readonly noCache?: boolean;
  readonly sbom?: string;
  readonly provenance?: string;
  /** `--call=METHOD[,format=json][,ignorestatus=true]`; only the method concerns targets. */
  readonly call?: string;
  readonly check?: boolean;
  readonly policy?: readonly string[];

  readonly tags?: readonly string[];
  readonly platforms?: readonly string[];
  readonly outputs?: readonly string[];
  readonly cacheTo?: readonly string[];
  readonly cacheFrom?: readonly string[];
  readonly buildArgs?: readonly string[];
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  readonly secrets?: readonly string[];
  readonly ssh?: readonly string[];
  readonly noCacheFilters?: readonly string[];
  readonly target?: string;
}

/** The overrides the flags stand for. They come after those of `--set`. */
export function overridesOfFlags(
  flags: BuildFlags,
  environment: ReadonlyMap<string, string>,
): Checked<readonly Override[]> {
  const assembly = new FlagAssembly();
  addBuildFlags(assembly, flags, environment);
  if (flags.pull !== undefined) assembly.add(flagText("--pull", flags.pull), "pull", String(flags.pull));
  if (flags.noCache !== undefined)
    assembly.add(flagText("--no-cache", flags.noCache), "no-cache", String(flags.noCache));
  if (flags.sbom !== undefined) assembly.add(`--sbom=${flags.sbom}`, "attest", attestation("sbom", flags.sbom));
  if (flags.provenance !== undefined) {
    assembly.add(`--provenance=${flags.provenance}`, "attest", attestation("provenance", flags.provenance));
  }
  addCall(assembly, flags);
  for (const policy of flags.policy ?? []) addPolicy(assembly, policy);
  if (flags.push === true) assembly.add("--push", "push", "true");
  if (flags.load === true) assembly.add("--load", "load", "true");
  return assembly.result;
}

class FlagAssembly {
  readonly #overrides: Override[] = [];
  readonly report: DiagnosticList = new DiagnosticList();

  get result(): Checked<readonly Override[]> {
    return { value: this.#overrides, diagnostics: this.report.items };
  }

  /** A flag that concerns every target, parents included. */
  add(flag: string, key: string, value: string): void {
    this.#parse({ flag, key, value, scope: { pattern: "*" }, append: true });
  }

  /** A flag that concerns the selected targets; `replace` for the lists a block would replace. */
  addSelected(flag: string, key: string, value: string, options: { name?: string; replace?: boolean } = {}): void {
    this.#parse({ flag, key, value, scope: "selected", append: options.replace !== true, name: options.name ?? "" });
  }

  #parse(said: {
    flag: string;
    key: string;
    value: string;
    scope: Override["scope"];
    append: boolean;
    name?: string;
  }): void {
    const { flag, key, value, scope, append, name = "" } = said;
    const origin = { kind: "override", flag } as const;
    const effect = overrideAttributes.get(key)?.parse({ name, value, append, origin });
    if (effect?.ok === true) this.#overrides.push({ origin, scope, effect: effect.value });
    else this.report.add(problem("bad-override-value", `${flag}: ${effect?.message ?? `${key} cannot be set`}`));
  }
}

function addBuildFlags(assembly: FlagAssembly, flags: BuildFlags, environment: ReadonlyMap<string, string>): void {
  const replacing: readonly [string, string, readonly string[] | undefined][] = [
    ["--tag", "tags", flags.tags],
    ["--platform", "platform", flags.platforms],
    ["--output", "output", flags.outputs],
    ["--cache-to", "cache-to", flags.cacheTo],
  ];
  for (const [flag, key, values = []] of replacing) {
    for (const value of values) assembly.addSelected(`${flag} ${value}`, key, value, { replace: true });
  }
  const adding: readonly [string, string, readonly string[] | undefined][] = [
    ["--cache-from", "cache-from", flags.cacheFrom],
    ["--annotation", "annotations", flags.annotations],
    ["--secret", "secrets", flags.secrets],
    ["--ssh", "ssh", flags.ssh],
    ["--no-cache-filter", "no-cache-filter", flags.noCacheFilters],
  ];
  for (const [flag, key, values = []] of adding) {
    for (const value of values) assembly.addSelected(`${flag} ${value}`, key, value);
  }
  for (const text of flags.buildArgs ?? []) {
    const [name, value] = cut(text);
    const given = value ?? environment.get(name);
    if (given !== undefined) addEntry(assembly, { flag: `--build-arg ${text}`, key: "args", name, value: given });
  }
  for (const text of flags.labels ?? []) {
    const [name, value = ""] = cut(text);
    addEntry(assembly, { flag: `--label ${text}`, key: "labels", name, value });
  }
  if (flags.target !== undefined) assembly.addSelected(`--target ${flags.target}`, "target", flags.target);
}

function addEntry(assembly: FlagAssembly, entry: { flag: string; key: string; name: string; value: string }): void {
  const { flag, key, name, value } = entry;
  if (name === "") assembly.report.add(problem("bad-override", `${flag} has no name`, { hint: "write NAME=value" }));
  else assembly.addSelected(flag, key, value, { name });
}

/** A boolean switches the attestation on or off, anything else is its parameters. */
function attestation(type: string, text: string): string {
  const on = parseBoolean(text);
  return on === undefined ? `type=${type},${text}` : `type=${type},disabled=${!on}`;
}

/** `build` is what happens anyway. */
function addCall(assembly: FlagAssembly, flags: BuildFlags): void {
  const method = flags.call?.split(",")[0] ?? (flags.check === true ? "check" : "build");
  const flag = flags.call === undefined ? "--check" : `--call=${flags.call}`;
  if (method !== "build" && method !== "") assembly.add(flag, "call", method);
}

/** Which policies there are is decided in the files; flags say how strictly they are applied, or switch them off. */
function addPolicy(assembly: FlagAssembly, text: string): void {
  const flag = `--policy ${text}`;
  const keys = text.split(",").map((field) => cut(field)[0].trim().toLowerCase());
  const foreign = keys.find((key) => key !== "strict" && key !== "log-level" && key !== "disabled");
  if (foreign === undefined && (!keys.includes("disabled") || keys.length === 1)) {
    assembly.add(flag, "policy", text);
    return;
  }
  const hint = "write strict=true, log-level=LEVEL, or disabled=true alone";
  assembly.report.add(
    problem("bad-override-value", `${flag}: ${foreign ?? "disabled"} cannot be given here`, { hint }),
  );
}

function flagText(flag: string, on: boolean): string {
  return on ? flag : `${flag}=false`;
}

function cut(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf("=");
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}
