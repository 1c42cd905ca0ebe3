/** A process that uses a store: `store-program FOLDER COMMAND …`. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";

const [folder = "", command, ...words] = process.argv.slice(2);
const store = await openStore(folder);

/** Content that is told by its number, some of it large. */
function contentOf(n: number): Buffer {
  const seed = createHash("sha256").update(`${n}`).digest();
  return Buffer.alloc(n % 5 === 0 ? 3_000_000 : 1000 + n, seed);
}

async function write(first: number, count: number): Promise<void> {
  for (let n = first; n < first + count; n++) {
    const content = contentOf(n);
    const writer = await store.blobs.create();
    for (let at = 0; at < content.length; at += 700_001) await writer.write(content.subarray(at, at + 700_001));
    const { digest } = await writer.commit();
    await store.records.save("step", `${n}`, { uses: [digest], n });
    await store.records.save("last", "one", { n, text: "x".repeat(n % 1000) });
  }
}

switch (command) {
  case "write":
    await write(Number(words[0]), Number(words[1]));
    await store.close();
    console.log("written");
    break;
  case "write-for-ever": {
    console.log("started");
    const work = await store.temporaryFolder();
    writeFileSync(join(work, "x"), "");
    for (let round = 0; ; round++) await write((Number(words[0]) + round) % 60, 1);
  }
  case "check": {
    // What a run has written or found stays until its end, whoever prunes.
    for (let n = Number(words[0]); n < Number(words[1]); n++) {
      await write(n % 7, 1);
      for (let known = Math.max(Number(words[0]), n - 6); known <= n; known++) {
        const record = await store.records.find("step", `${known % 7}`);
        if (record === undefined) throw new Error(`record ${known % 7} is gone`);
        const digest = sha256Digest(contentOf(known % 7));
        if ((await store.blobs.read(digest)) === undefined) throw new Error(`content ${known % 7} is gone`);
      }
    }
    await store.close();
    console.log("checked");
    break;
  }
  case "hold": {
    const { digest } = await store.blobs.put(Buffer.from(words[0] ?? ""));
    await store.room("mounts");
    console.log(digest);
    setInterval(() => {}, 1000);
    break;
  }
  default:
    throw new Error(`unknown command ${command}`);
}
