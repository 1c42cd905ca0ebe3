/** Structured entries as the text one would write for them: `type=oci,dest=out.tar`. */
import type {
  AttestEntry,
  CacheEntry,
  OutputEntry,
  PolicyEntry,
  SecretEntry,
  SshEntry,
} from "../../buildfile/attributes/entries.ts";

export function typedText({ type, attributes }: OutputEntry | CacheEntry): string {
  return fieldsText([["type", type], ...attributes]);
}

export function secretText({ id, src, env }: SecretEntry): string {
  return fieldsText([
    ["id", id],
    ["src", src],
    ["env", env],
  ]);
}

export function sshText({ id, paths }: SshEntry): string {
  return paths.length === 0 ? id : `${id}=${paths.join(",")}`;
}

export function attestText({ type, disabled, attributes }: AttestEntry): string {
  return fieldsText([["type", type], ...attributes, ...(disabled ? [["disabled", "true"] as const] : [])]);
}

export function policyText({ filenames, reset, disabled, strict, logLevel }: PolicyEntry): string {
  return fieldsText([
    ...filenames.map((name) => ["filename", name] as const),
    ["reset", reset],
    ["disabled", disabled],
    ["strict", strict],
    ["log-level", logLevel],
  ]);
}

function fieldsText(fields: readonly (readonly [string, string | boolean | undefined])[]): string {
  const said = fields.filter(([, value]) => value !== undefined).map(([key, value]) => csvField(`${key}=${value}`));
  return said.join(",");
}

function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
