import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run-process.ts";

/**
 * Which Debian a package is taken from: the machine's own release, a newer one whose programs run on it, or Debian 12, whose programs run on
 * what came after it.
 */
export type Release = "machine" | "newer" | "bookworm";

/** An apt with its own sources, lists and cache: what it does is invisible to the machine's apt. */
export interface Apt {
  readonly folder: string;
  /** The suite each release stands for, such as bookworm and forky. */
  readonly suites: Readonly<Record<Release, string>>;
}

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Suites with Docker Engine 28 or later, tried in this order. */
const newerSuites = ["forky", "sid"];

/** Lays a private apt in `folder` and downloads its lists. Throws when no mirror answers. */
export async function openApt(folder: string): Promise<Apt> {
  const own = await machineSuite();
  const mirror = await machineMirror(own);
  await mkdir(join(folder, "lists/partial"), { recursive: true });
  await mkdir(join(folder, "cache/archives/partial"), { recursive: true });
  await mkdir(join(folder, "sources"), { recursive: true });
  await mkdir(join(folder, "preferences"), { recursive: true });
  let failure: unknown;
  for (const newer of newerSuites) {
    const apt: Apt = { folder, suites: { machine: own, newer, bookworm: "bookworm" } };
    await writeFile(join(folder, "sources/debian.sources"), await renderSources(mirror, apt));
    try {
      await run("apt-get", [...options(apt), "-o", "APT::Update::Error-Mode=any", "update"]);
      return apt;
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`No lists from ${mirror}. Is the machine online?`, { cause: failure });
}

/** Downloads one package's file into `into`. */
export async function download(apt: Apt, name: string, release: Release, into: string): Promise<void> {
  const args = [...options(apt), "download", `${name}/${apt.suites[release]}`];
  await run("apt-get", args, { cwd: into });
}

/** The machine's suite, such as `bookworm`; throws where there is no Debian. */
export async function machineSuite(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8");
  const value = (key: string): string | undefined => new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1];
  if (value("ID") !== "debian") throw new Error(`This is ${value("PRETTY_NAME") ?? "not Debian"}, not Debian`);
  return value("VERSION_CODENAME") ?? "sid";
}

/** Where the machine's own apt gets its release from. */
async function machineMirror(suite: string): Promise<string> {
  const format = "$(RELEASE)|$(COMPONENT)|$(SITE)";
  const { stdout } = await run("apt-get", ["indextargets", "--format", format, "Identifier: Packages"]);
  const targets = stdout.split("\n").map((line) => line.split("|"));
  const sites = targets
    .filter(([release, component]) => release === suite && component === "main")
    .map(([, , site]) => site ?? "");
  // Other vendors may use Debian's suite names; an archive of Debian's ends in /debian by convention.
  const mirror = sites.find((site) => site.replace(/\/$/, "").endsWith("/debian"));
  if (mirror === undefined) throw new Error("the machine's apt sources name no archive of Debian");
  return mirror;
}

async function renderSources(mirror: string, apt: Apt): Promise<string> {
  const suites = [...new Set(Object.values(apt.suites))];
  const signed = await access(keyring).then(
    () => `Signed-By: ${keyring}\n`,
    () => "",
  );
  return `Types: deb\nURIs: ${mirror}\nSuites: ${suites.join(" ")}\nComponents: main\n${signed}`;
}

function options(apt: Apt): string[] {
  const settings = {
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": join(apt.folder, "sources"),
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": join(apt.folder, "preferences"),
    "Dir::State::lists": join(apt.folder, "lists"),
    "Dir::Cache": join(apt.folder, "cache"),
    // Container images of Debian switch these off, and every call would parse the lists again.
    "Dir::Cache::pkgcache": "pkgcache.bin",
    "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
    "Acquire::Languages": "none",
    "Acquire::Retries": "2",
    "APT::Sandbox::User": "root",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}
