/** A process that gives tags in a layout: `tag-program FOLDER WAY NAME COUNT`. */

import { tagManifest } from "../../src/buildkit/target/layout-index.ts";
import { writeCacheFolder } from "../../src/engine/cache/write-cache-folder.ts";
import { sha256Digest } from "../../src/oci/digest.ts";

const [folder = "", way, name = "", count = "0"] = process.argv.slice(2);
const { signal } = new AbortController();

for (let n = 0; n < Number(count); n++) {
  const tag = `${name}-${n}`;
  const bytes = Buffer.from(JSON.stringify({ tag }));
  const descriptor = { mediaType: "application/json", digest: sha256Digest(bytes), size: bytes.length };
  if (way === "buildkit") await tagManifest(folder, JSON.stringify(descriptor), tag);
  else {
    const document = { descriptor, bytes };
    const cache = { blobs: [], config: document, manifest: document };
    await writeCacheFolder(cache, { folder, tag }, { signal, onProgress: () => {} });
  }
}
