/** `RUN --mount=…` with its variables put in. */
import { parseBoolean } from "../base/boolean.ts";
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";
import { didYouMean } from "../base/suggest.ts";
import type { MountFlag } from "./instruction.ts";

export type MountType = MountFlag["type"];

export const mountTypes = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;

const names = ["type", "from", "source", "target", "readonly", "readwrite"];
const otherNames = ["id", "sharing", "required", "size", "mode", "uid", "gid", "env"];

/** The first name of each key, by all of its names. */
export const mountKeys: ReadonlyMap<string, string> = new Map([
  ...[...names, ...otherNames].map((name) => [name, name] as const),
  ["src", "source"],
  ["dst", "target"],
  ["destination", "target"],
  ["ro", "readonly"],
  ["rw", "readwrite"],
]);

const sharings = ["shared", "private", "locked"] as const;

export interface Mount {
  readonly type: MountType;
  readonly from?: string;
  readonly source?: string;
  readonly target?: string;
  readonly readOnly: boolean;
  /** Of a tmpfs. */
  readonly sizeBytes?: number;
  readonly id?: string;
  readonly sharing?: (typeof sharings)[number];
  readonly required: boolean;
  /** The variable that takes a secret. */
  readonly env?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

type Draft = { -readonly [Key in keyof Mount]: Mount[Key] };

/** `expand` puts variables into a value. The order of the fields matters: `type` stands before what only that type takes. */
export function resolveMount(flag: MountFlag, expand: (text: string) => Parsed<string>): Parsed<Mount> {
  const draft: Partial<Draft> & { type: MountType } = { type: "bind" };
  for (const { key, value } of flag.fields) {
    const expanded = value === undefined ? undefined : expand(value);
    if (expanded?.ok === false) return expanded;
    const complaint = setField(draft, key, expanded?.value);
    if (complaint !== undefined) return unparsed(complaint);
  }
  const readOnly = draft.readOnly ?? (draft.type !== "cache" && draft.type !== "tmpfs");
  const mount = { ...draft, readOnly, required: draft.required ?? false };
  const complaint = complaintOf(mount);
  return complaint === undefined ? parsed(mount) : unparsed(complaint);
}

type MountDraft = Partial<Draft> & { type: MountType };

/** Answers what is wrong. */
function setField(draft: MountDraft, key: string, value: string | undefined): string | undefined {
  if (key === "readonly" || key === "readwrite" || key === "required") return setTruth(draft, key, value);
  if (value === undefined) return `${JSON.stringify(key)} needs a value: ${key}=…`;
  switch (key) {
    case "type": {
      const type = mountTypes.find((known) => known === value.toLowerCase());
      if (type === undefined) return noSuch("mount type", value, mountTypes);
      draft.type = type;
      return undefined;
    }
    case "sharing": {
      const sharing = sharings.find((known) => known === value.toLowerCase());
      if (sharing === undefined) return noSuch("kind of sharing", value, sharings);
      draft.sharing = sharing;
      return undefined;
    }
    case "from":
    case "source":
    case "target":
    case "id":
    case "env":
      draft[key] = value;
      return undefined;
    case "size":
      return setSize(draft, value);
    case "mode":
    case "uid":
    case "gid":
      return setNumber(draft, key, value);
    default:
      return noSuch("key of a mount", key, [...mountKeys.keys()]);
  }
}

function setTruth(draft: MountDraft, key: "readonly" | "readwrite" | "required", value = "true"): string | undefined {
  const truth = parseBoolean(value);
  if (truth === undefined) return `${key} is true or false, not ${JSON.stringify(value)}`;
  if (key !== "required") draft.readOnly = truth === (key === "readonly");
  else if (draft.type !== "secret" && draft.type !== "ssh") return misplaced(key, draft);
  else draft.required = truth;
  return undefined;
}

function setSize(draft: MountDraft, value: string): string | undefined {
  if (draft.type !== "tmpfs") return misplaced("size", draft);
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(value) ?? [];
  if (number === undefined) return `size cannot be ${JSON.stringify(value)}: write bytes, or 64m`;
  draft.sizeBytes = Math.trunc(Number(number) * 1024 ** " kmgtp".indexOf(unit.toLowerCase() || " "));
  return undefined;
}

function setNumber(draft: MountDraft, key: "mode" | "uid" | "gid", value: string): string | undefined {
  const digits = key === "mode" ? /^[0-7]+$/ : /^\d+$/;
  const number = digits.test(value) ? Number.parseInt(value, key === "mode" ? 8 : 10) : Number.NaN;
  if (!(number < 2 ** 32)) return `${key} cannot be ${JSON.stringify(value)}`;
  draft[key] = number;
  return undefined;
}

function complaintOf(mount: Mount): string | undefined {
  const { type, sharing, source, target, id, from } = mount;
  for (const key of ["mode", "uid", "gid"] as const) {
    if (mount[key] !== undefined && (type === "bind" || type === "tmpfs")) return misplaced(key, mount);
  }
  if (sharing !== undefined && type !== "cache") return misplaced("sharing", mount);
  if (type !== "secret") return undefined;
  if (from) return misplaced("from", mount);
  if (!source && !target && !id) return "a secret needs its id: --mount=type=secret,id=NAME";
  return source && id ? "a secret has an id or a source, not both" : undefined;
}

function misplaced(key: string, { type }: { readonly type: MountType }): string {
  return `${JSON.stringify(key)} is nothing that a mount of type ${type} takes; type= comes first`;
}

function noSuch(what: string, value: string, known: readonly string[]): string {
  const near = didYouMean(value, known);
  return `there is no ${what} ${JSON.stringify(value)}${near === undefined ? "" : `, ${near}`}`;
}
