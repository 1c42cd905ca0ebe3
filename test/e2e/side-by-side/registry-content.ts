/** What a registry holds after a push. Reading takes it away, so that the next program finds an empty registry. */
import { type Json, parseJson } from "./mask.ts";
import { type ReadBlob, readLinks } from "./read-image.ts";

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export interface RegistryAccess {
  /** `http://127.0.0.1:PORT/v2`. */
  readonly base: string;
  readonly authorization?: string;
}

/** An image by its tag, or by its digest, down to the files in its layers; null when there is none. */
export async function takeImage(access: RegistryAccess, repository: string, reference: string): Promise<Json> {
  const found = await get(access, `${repository}/manifests/${reference}`);
  if (found === undefined) return null;
  const { bytes, headers } = found;
  const read: ReadBlob = async (digest, mediaType) => {
    const kind = /manifest|index/.test(mediaType) ? "manifests" : "blobs";
    return (await get(access, `${repository}/${kind}/${digest}`))?.bytes;
  };
  const content = await readLinks(parseJson(bytes), read);
  await call(access, "DELETE", `${repository}/manifests/${headers.get("docker-content-digest")}`);
  return { mediaType: headers.get("content-type"), content };
}

/** The tags of a repository, sorted. */
export async function tagsOf(access: RegistryAccess, repository: string): Promise<Json> {
  const found = await get(access, `${repository}/tags/list`);
  return found === undefined ? null : parseJson(found.bytes);
}

async function get(
  access: RegistryAccess,
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly headers: Headers } | undefined> {
  const response = await call(access, "GET", path);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return { bytes: new Uint8Array(await response.arrayBuffer()), headers: response.headers };
}

function call({ base, authorization }: RegistryAccess, method: string, path: string): Promise<Response> {
  return fetch(`${base}/${path}`, {
    method,
    headers: { accept, ...(authorization === undefined ? {} : { authorization }) },
  });
}
