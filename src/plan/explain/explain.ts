/** Where every value of a target came from: which block, flag or variable said it, and what it replaced. */
import { resourceFields } from "../../buildfile/attributes/resources.ts";
import type { Definition, Setting } from "../../buildfile/definition.ts";
import { story } from "../../buildfile/setting-history.ts";
import type { Target } from "../plan.ts";
import { attestText, policyText, secretText, sshText, typedText } from "./entry-text.ts";
import type { ExplainedValue, Explanation, ShownValue, Step } from "./explanation.ts";
import { type Lineage, lineageOf } from "./lineage.ts";
import { usesOf } from "./uses.ts";

/** All that is set, in the order in which it is printed, and the defaults of what every target has. */
export function explainTarget(target: Target, definition: Definition): Explanation {
  const { name, definition: declared } = target;
  const lineage = lineageOf(name, definition);
  const { cell, span } = declared;
  return {
    target: name,
    ...(span && { span }),
    ...(cell && { cell }),
    ancestors: lineage.ancestors,
    values: new Explainer(target, definition, lineage).values(),
  };
}

class Explainer {
  readonly #target: Target;
  readonly #definition: Definition;
  readonly #lineage: Lineage;
  readonly #values: ExplainedValue[] = [];

  constructor(target: Target, definition: Definition, lineage: Lineage) {
    this.#target = target;
    this.#definition = definition;
    this.#lineage = lineage;
  }

  values(): readonly ExplainedValue[] {
    const target = this.#target;
    const { settings } = target;
    this.#list("inherits", target.definition.settings.inherits, same);
    this.#single("description", settings.description, target.description);
    this.#withDefault("context", settings.context, target.context, this.#contextNote());
    this.#map("contexts", settings.contexts);
    this.#withDefault("dockerfile", settings.dockerfile, target.dockerfile, "what it is called when nothing is said");
    this.#single("dockerfile-inline", settings["dockerfile-inline"], target.dockerfileInline);
    this.#map("args", settings.args);
    this.#map("labels", settings.labels);
    this.#single("tags", settings.tags, target.tags);
    this.#list("annotations", settings.annotations, same);
    this.#list("cache-from", settings["cache-from"], typedText);
    this.#single("cache-to", shown(settings["cache-to"], typedTexts), target.cacheTo.map(typedText));
    this.#single("target", settings.target, target.stage);
    this.#list("secret", settings.secret, secretText, ({ id }) => id);
    this.#list("ssh", settings.ssh, sshText, ({ id }) => id);
    this.#list("attest", settings.attest, attestText, ({ type }) => type);
    this.#single("platforms", settings.platforms, target.platforms);
    this.#single("output", shown(settings.output, typedTexts), target.output.map(typedText));
    this.#single("pull", settings.pull, target.pull);
    this.#single("no-cache", settings["no-cache"], target.noCache);
    this.#single("network", settings.network, target.network);
    this.#list("no-cache-filter", settings["no-cache-filter"], same);
    this.#single("shm-size", settings["shm-size"], target.shmSize);
    this.#list("ulimits", settings.ulimits, same);
    this.#resources();
    this.#single("call", settings.call, target.call);
    this.#list("entitlements", settings.entitlements, same);
    this.#impliedEntitlements();
    this.#map("extra-hosts", settings["extra-hosts"]);
    this.#list("policy", settings.policy, policyText);
    return this.#values;
  }

  #single(attribute: string, setting: Setting<ShownValue> | undefined, value: ShownValue | undefined): void {
    if (setting === undefined) return;
    this.#values.push({ attribute, value: value ?? setting.value, steps: this.#steps(setting, same) });
  }

  #withDefault(attribute: string, setting: Setting<string> | undefined, value: string, note: string): void {
    if (setting !== undefined) this.#single(attribute, setting, value);
    else this.#values.push({ attribute, value, steps: [], note });
  }

  #map(attribute: string, entries: ReadonlyMap<string, Setting<string>> | undefined): void {
    for (const [key, setting] of entries ?? []) {
      this.#values.push({ attribute, key, value: setting.value, steps: this.#steps(setting, same) });
    }
  }

  #list<T>(
    attribute: string,
    list: readonly Setting<T>[] | undefined,
    show: (value: T) => ShownValue,
    keyOf?: (value: T) => string,
  ): void {
    for (const [i, setting] of (list ?? []).entries()) {
      const key = (keyOf?.(setting.value) ?? "") || String(i);
      this.#values.push({ attribute, key, value: show(setting.value), steps: this.#steps(setting, show) });
    }
  }

  /** Each step of the story holds all fields as they stood then; a field was said where it changed. */
  #resources(): void {
    const setting = this.#target.settings.resources;
    if (setting === undefined) return;
    for (const field of resourceFields) {
      const value = setting.value[field];
      if (value === undefined) continue;
      const steps: Step[] = [];
      for (const step of story(setting)) {
        const now = step.value[field];
        if (now === undefined || now === step.replaced?.value[field]) continue;
        steps.push(this.#step(String(now), step.origin));
      }
      this.#values.push({ attribute: "resources", key: field, value: String(value), steps });
    }
  }

  #impliedEntitlements(): void {
    const { settings, entitlements, network } = this.#target;
    const said = new Set(settings.entitlements?.map(({ value }) => value));
    for (const entitlement of entitlements) {
      if (said.has(entitlement)) continue;
      const ofNetwork = entitlement === "network.host" && network === "host";
      const note = ofNetwork ? "because network is host" : "because a target it links to needs it";
      this.#values.push({ attribute: "entitlements", key: entitlement, value: entitlement, steps: [], note });
    }
  }

  #contextNote(): string {
    return this.#target.definition.folder === undefined
      ? "the working folder, when nothing is said"
      : "the folder of its build file, when nothing is said";
  }

  #steps<T>(setting: Setting<T>, show: (value: T) => ShownValue): readonly Step[] {
    return [...story(setting)].map(({ value, origin }) => this.#step(show(value), origin));
  }

  #step(value: ShownValue, origin: Step["origin"]): Step {
    const path = origin.kind === "file" ? this.#lineage.pathTo(origin.block) : [];
    return { value, origin, ...(path.length > 1 && { path }), uses: usesOf(origin, this.#definition) };
  }
}

function same<T>(value: T): T {
  return value;
}

function typedTexts(entries: readonly Parameters<typeof typedText>[0][]): readonly string[] {
  return entries.map(typedText);
}

/** A setting and its story in other words. */
function shown<T>(setting: Setting<T> | undefined, show: (value: T) => ShownValue): Setting<ShownValue> | undefined {
  if (setting === undefined) return undefined;
  let told: Setting<ShownValue> | undefined;
  for (const { value, origin } of [...story(setting)].reverse()) {
    told = { value: show(value), origin, ...(told && { replaced: told }) };
  }
  return told;
}
