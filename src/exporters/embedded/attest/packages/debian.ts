/** dpkg's database: paragraphs of fields (deb-control(5)), one a package. */
import { type DatabasePlace, distroOf, type InstalledPackage, packageUrl } from "./package.ts";

/** Packages that were removed but left their configuration are not in it. */
export function readDebianDatabase(text: string, { path, release }: DatabasePlace): readonly InstalledPackage[] {
  return text.split(/\n[ \t]*\n/).flatMap((paragraph): readonly InstalledPackage[] => {
    const fields = readFields(paragraph);
    const name = fields.get("package");
    const version = fields.get("version");
    // The parts of distroless images have no status: what is there is installed.
    const isInstalled = /(?:^| )installed$/.test(fields.get("status") ?? "installed");
    if (!name || !version || !isInstalled) return [];
    const supplier = fields.get("maintainer");
    const purl = packageUrl(["deb", release.id ?? "debian", name], version, {
      arch: fields.get("architecture"),
      distro: distroOf(release),
    });
    return [{ name, version, purl, path, ...(supplier ? { supplier } : {}) }];
  });
}

/** By name in lower case; of a value of several lines the first. */
function readFields(paragraph: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !/^[ \t#]/.test(line))
      fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}
