/** `--set target.key[.name][+]=value` (spec section 20.1). */
import type { Checked, Diagnostic } from "../../base/diagnostic.ts";
import { didYouMean } from "../../base/suggest.ts";
import { compilePattern } from "../match-pattern.ts";
import { problem } from "../problem.ts";
import { overrideAttributes } from "./attribute.ts";
import type { Override } from "./override.ts";

const form = "write target.attribute=value, as in --set 'app.args.VERSION=1.2' or --set '*.platform=linux/arm64'";

/** Words people try that are called otherwise here, or that flags cannot change. */
const detours: ReadonlyMap<string, string> = new Map([
  ["platforms", 'the key is called "platform"'],
  ["outputs", 'the key is called "output"'],
  ["arg", 'the key is called "args"'],
  ["label", 'the key is called "labels"'],
  ["tag", 'the key is called "tags"'],
  ["inherits", "what a target inherits is decided in its file"],
  ["matrix", "a matrix is decided in its file"],
  ["name", "a name is decided in its file"],
  ["description", "a description is decided in its file"],
  ["dockerfile-inline", 'an inline Dockerfile is decided in its file; "dockerfile" can be set'],
]);

/**
 * Reads one `--set`. The value is plain text. `args.X` without a value takes the environment variable X, and changes nothing
 * when that is not set; the answer is then the empty list.
 */
export function parseSetFlag(text: string, environment: ReadonlyMap<string, string>): Checked<readonly Override[]> {
  const origin = { kind: "override", flag: `--set ${text}` } as const;
  const equals = text.indexOf("=");
  const left = equals === -1 ? text : text.slice(0, equals);
  const append = equals !== -1 && left.endsWith("+");
  const [pattern = "", key = "", ...rest] = (append ? left.slice(0, -1) : left).split(".");
  const name = rest.join(".");
  const said = quote(text);
  if (pattern === "" || key === "")
    return failed(problem("bad-override", `--set ${said} names no attribute`, { hint: form }));
  if (compilePattern(pattern) === undefined) {
    return failed(problem("bad-override", `the pattern ${quote(pattern)} of --set ${said} is broken`, { hint: form }));
  }
  const attribute = overrideAttributes.get(key);
  if (attribute === undefined) {
    const hint = detours.get(key) ?? didYouMean(key, overrideAttributes.keys());
    return failed(problem("unknown-override-key", `--set ${said}: ${quote(key)} is nothing that can be set`, { hint }));
  }
  if (attribute.named !== (name !== "")) return failed(misnamed(text, key, attribute.named));
  const value = equals === -1 ? valueFromEnvironment(key, name, environment) : text.slice(equals + 1);
  if (value === undefined) {
    if (key === "args") return { value: [], diagnostics: [] };
    return failed(problem("bad-override", `--set ${said} gives ${quote(key)} no value`, { hint: form }));
  }
  const effect = attribute.parse({ name, value, append, origin });
  if (!effect.ok) return failed(problem("bad-override-value", `--set ${said}: ${effect.message}`));
  return { value: [{ origin, scope: { pattern }, effect: effect.value }], diagnostics: [] };
}

function valueFromEnvironment(key: string, name: string, environment: ReadonlyMap<string, string>): string | undefined {
  return key === "args" ? environment.get(name) : undefined;
}

function misnamed(text: string, key: string, wanted: boolean): Diagnostic {
  const said = quote(text);
  if (!wanted)
    return problem("bad-override", `--set ${said}: ${quote(key)} is set as a whole`, { hint: `write ${key}=value` });
  const hint =
    key === "secret"
      ? "write secret.ID=env=NAME for one declared secret, or secrets=id=… to replace them all"
      : `write ${key}.NAME=value`;
  return problem("bad-override", `--set ${said}: ${quote(key)} needs the name of the one to set`, { hint });
}

function failed(diagnostic: Diagnostic): Checked<readonly Override[]> {
  return { value: [], diagnostics: [diagnostic] };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
