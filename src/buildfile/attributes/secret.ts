/** Secrets: `id=token,env=TOKEN`, `id=npm,src=.npmrc`, or an object. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { SecretEntry } from "./entries.ts";
import { parseKeyValues } from "./fields.ts";

const textKeys: readonly string[] = ["id", "src", "source", "env", "type"];

/** Keys in any case. With `type=env` and no `env`, the source names the variable. A missing id is found by validation. */
export function parseSecretText(text: string): Parsed<SecretEntry> {
  const pairs = parseKeyValues(text);
  if (!pairs.ok) return pairs;
  const values = new Map<string, string>();
  for (const { key, value } of pairs.value) {
    const name = key.toLowerCase();
    if (!textKeys.includes(name)) {
      const near = didYouMean(name, textKeys);
      return unparsed(`a secret has no key ${JSON.stringify(key)}${near === undefined ? "" : ` (${near})`}`);
    }
    values.set(name === "source" ? "src" : name, value);
  }
  const type = values.get("type");
  if (type !== undefined && type !== "file" && type !== "env") {
    return unparsed(`a secret is of type file or env, not ${JSON.stringify(type)}`);
  }
  const env = values.get("env") ?? "";
  const src = values.get("src") ?? "";
  const id = values.get("id") ?? "";
  return parsed(type === "env" && env === "" ? secret(id, "", src) : secret(id, src, env));
}

/** The object form has `id`, `src` and `env`; other keys are not looked at. */
export function secretFromEntries(entries: ReadonlyMap<string, string>): Parsed<SecretEntry> {
  return parsed(secret(entries.get("id") ?? "", entries.get("src") ?? "", entries.get("env") ?? ""));
}

function secret(id: string, src: string, env: string): SecretEntry {
  return { id, ...(src === "" ? {} : { src }), ...(env === "" ? {} : { env }) };
}
