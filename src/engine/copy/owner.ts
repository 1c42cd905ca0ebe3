/** `--chown` and USER: who that is in an image. */
import type { Tree } from "../tree/tree.ts";
import type { Owner } from "./inode.ts";
import { invalidOwner, nobodyKnown } from "./problems.ts";
import type { Accounts, CopyWarning } from "./request.ts";

export interface Ownership extends Owner {
  /** Of names that nobody has: they stand for root, as BuildKit has it. */
  readonly warnings: readonly CopyWarning[];
}

/**
 * `user`, `user:group`, `:group`; names and numbers. The group of a user who is named is that of the image's passwd; of a number it is the
 * same number. Rejects with a BuildFailure for numbers that are out of range, and for names in an image that is still empty (`base`).
 */
export async function ownerOf(spec: string, accounts: Accounts, base?: Tree): Promise<Ownership> {
  const colon = spec.indexOf(":");
  const user = colon === -1 ? spec : spec.slice(0, colon);
  const group = colon === -1 ? undefined : spec.slice(colon + 1);
  // An empty name stands for root, on both sides of the colon.
  const byUser = await findUser(spec, user, accounts, base);
  const byGroup = group === undefined ? undefined : await findGroup(spec, group, accounts, base);
  const unknown = [
    ...(byUser === undefined && user !== "" ? [warnOf("user", user, "etc/passwd")] : []),
    ...(byGroup === undefined && group !== undefined && group !== "" ? [warnOf("group", group, "etc/group")] : []),
  ];
  return { uid: byUser?.uid ?? 0, gid: (group === "" ? 0 : byGroup) ?? byUser?.gid ?? 0, warnings: unknown };
}

async function findUser(spec: string, name: string, accounts: Accounts, base?: Tree): Promise<Owner | undefined> {
  const number = numberOf(spec, name);
  if (number !== undefined) return { uid: number, gid: number };
  const record = await findRecord("etc/passwd", name, accounts, base);
  return record === undefined ? undefined : { uid: idOf(record[2]), gid: idOf(record[3]) };
}

async function findGroup(spec: string, name: string, accounts: Accounts, base?: Tree): Promise<number | undefined> {
  const number = numberOf(spec, name);
  if (number !== undefined) return number;
  const record = await findRecord("etc/group", name, accounts, base);
  return record === undefined ? undefined : idOf(record[2]);
}

/** The fields of the first line of that name. */
async function findRecord(
  file: string,
  name: string,
  accounts: Accounts,
  base: Tree | undefined,
): Promise<readonly string[] | undefined> {
  if (name === "") return undefined;
  const text = await accounts(file);
  if (text === undefined && base?.names("").length === 0) throw nobodyKnown(name);
  return text
    ?.split("\n")
    .map((line) => line.trim().split(":"))
    .find((fields) => fields[0] === name);
}

/** Undefined for a name. `root` needs no file to be known. */
function numberOf(spec: string, text: string): number | undefined {
  if (text === "root") return 0;
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  // The largest of them means "leave it as it is" to the system.
  if (number < 0 || number > 0xff_ff_ff_fe) throw invalidOwner(spec);
  return number;
}

function idOf(field: string | undefined): number {
  return field !== undefined && /^\d+$/.test(field) ? Number(field) : 0;
}

function warnOf(what: string, name: string, file: string): CopyWarning {
  return {
    code: "unknown-owner",
    message: `no ${what} is called ${JSON.stringify(name)} in /${file} of the image: root gets what it should own`,
    hint: `add the ${what} in an earlier step, or write its number`,
  };
}
