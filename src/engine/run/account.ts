/** Who a command runs as: `USER` looked up in the image's own files, as runc and moby/sys/user do it. */
import { BuildFailure } from "../../execute/ports.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** The primary one among them. */
  readonly groups: readonly number[];
  readonly home: string;
}

/** The texts of the image's `/etc/passwd` and `/etc/group`; undefined where it has none. */
export interface AccountFiles {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

interface PasswdLine {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupLine {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Throws a BuildFailure for a name the image does not know. An empty user is root, also with a group. */
export function resolveAccount(user: string, files: AccountFiles): Account {
  const [name = "", groupText] = user.split(":");
  const userText = name === "" ? "0" : name;
  const passwd = passwdLines(files.passwd ?? "");
  const groups = groupLines(files.group ?? "");
  const line = passwd.find(({ name }) => name === userText) ?? passwd.find(({ uid }) => uid === numberOf(userText));
  const uid = line?.uid ?? numberOf(userText);
  if (uid === undefined) throw unknownAccount("user", userText, "/etc/passwd");
  if (groupText !== undefined && groupText !== "") {
    const gid = groups.find(({ name }) => name === groupText)?.gid ?? numberOf(groupText);
    if (gid === undefined) throw unknownAccount("group", groupText, "/etc/group");
    return { uid, gid, groups: [gid], home: homeOf(uid, passwd) };
  }
  const gid = line?.gid ?? 0;
  const further = line === undefined ? [] : groups.filter(({ members }) => members.includes(line.name));
  return { uid, gid, groups: [...new Set([gid, ...further.map((each) => each.gid)])], home: homeOf(uid, passwd) };
}

function homeOf(uid: number, passwd: readonly PasswdLine[]): string {
  return passwd.find((line) => line.uid === uid)?.home || "/";
}

function numberOf(text: string): number | undefined {
  const number = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return number < 2 ** 31 ? number : undefined;
}

function passwdLines(text: string): readonly PasswdLine[] {
  return recordsOf(text).flatMap(([name = "", , uid = "", gid = "", , home = ""]) => {
    const numbers = { uid: numberOf(uid), gid: numberOf(gid) };
    return numbers.uid === undefined ? [] : [{ name, uid: numbers.uid, gid: numbers.gid ?? 0, home }];
  });
}

function groupLines(text: string): readonly GroupLine[] {
  return recordsOf(text).flatMap(([name = "", , gid = "", members = ""]) => {
    const number = numberOf(gid);
    return number === undefined ? [] : [{ name, gid: number, members: members.split(",") }];
  });
}

function recordsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

function unknownAccount(kind: string, name: string, file: string): BuildFailure {
  return new BuildFailure(
    "engine/unknown-account",
    `unable to find ${kind} ${name}: no matching entries in ${file} of the image`,
    {
      hint: `create it before with RUN adduser or addgroup, or give its number to USER`,
    },
  );
}
