/** A process that gives tags in a layout: `tag-program FOLDER WAY NAME COUNT`. */

import { tagManifest } from "../../src/buildkit/target/layout-index.ts";
import { writeCacheFolder } from "../../src/engine/cache/write-cache-folder.ts";
import { layoutReceiver } from "../../src/exporters/layout-receiver.ts";
import { sha256Digest } from "../../src/oci/digest.ts";
import { deliver } from "../exporters/receive.ts";

const [folder = "", way, name = "", count = "0"] = process.argv.slice(2);
const { signal } = new AbortController();

for (let n = 0; n < Number(count); n++) {
  const tag = `${name}-${n}`;
  const bytes = Buffer.from(JSON.stringify({ tag }));
  const descriptor = { mediaType: "application/json", digest: sha256Digest(bytes), size: bytes.length };
  if (way === "buildkit") await tagManifest(folder, JSON.stringify(descriptor), tag);
  else if (way === "export") {
    const receiver = await layoutReceiver(folder, "out");
    await deliver(receiver, { blobs: { sha256: { [descriptor.digest.slice(7)]: bytes.toString() } } });
    const text = Buffer.from(
      JSON.stringify({ ...descriptor, annotations: { "org.opencontainers.image.created": "2023-11-14T22:13:20Z" } }),
    ).toString("base64");
    const answer = new Map([
      ["containerimage.descriptor", text],
      ["image.name", `docker.io/library/app:${tag}`],
    ]);
    await receiver.publish({ response: answer, cached: false });
    await receiver.discard();
  } else {
    const document = { descriptor, bytes };
    const cache = { blobs: [], config: document, manifest: document };
    await writeCacheFolder(cache, { folder, tag }, { signal, onProgress: () => {} });
  }
}
