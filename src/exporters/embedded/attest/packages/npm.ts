/** The manifest of an installed npm package. */
import { isRecord, stringField } from "../../../../base/json-shape.ts";
import { type InstalledPackage, packageUrl } from "./package.ts";

/** Undefined for a manifest without a name or version: a marker of a folder's kind, not of a package. */
export function readNpmPackage(text: string, path: string): InstalledPackage | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return undefined;
  }
  const name = stringField(manifest, "name");
  const version = stringField(manifest, "version");
  if (!isRecord(manifest) || !name || !version) return undefined;
  const license = stringField(manifest, "license");
  const supplier = stringField(manifest, "author") ?? stringField(manifest.author, "name");
  const slash = name.startsWith("@") ? name.indexOf("/") : -1;
  const namespace = slash === -1 ? undefined : name.slice(0, slash);
  return {
    name,
    version,
    purl: packageUrl(["npm", namespace, name.slice(slash + 1)], version),
    path,
    ...(license ? { license } : {}),
    ...(supplier ? { supplier } : {}),
  };
}
