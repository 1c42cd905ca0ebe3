/** apk's database: paragraphs of one-letter fields (apk-package(5)), one a package. */
import { type DatabasePlace, distroOf, type InstalledPackage, packageUrl } from "./package.ts";

export function readAlpineDatabase(text: string, { path, release }: DatabasePlace): readonly InstalledPackage[] {
  return text.split(/\n\n+/).flatMap((paragraph): readonly InstalledPackage[] => {
    const field = (letter: string): string | undefined =>
      new RegExp(`^${letter}:(.+)$`, "m").exec(paragraph)?.[1]?.trim();
    const name = field("P");
    const version = field("V");
    if (name === undefined || version === undefined) return [];
    const license = field("L");
    const supplier = field("m");
    const purl = packageUrl(["apk", release.id ?? "alpine", name], version, {
      arch: field("A"),
      distro: distroOf(release),
    });
    return [{ name, version, purl, path, ...(license ? { license } : {}), ...(supplier ? { supplier } : {}) }];
  });
}
