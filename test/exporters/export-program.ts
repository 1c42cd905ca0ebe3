/**
 * A process of its own that receives an output: `file|folder|locked-folder PATH MEGABYTES publish|hang|discard`. It says `received` when all has
 * arrived, and at the end `published` or the code of what went wrong.
 */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TsbakeError } from "../../src/base/errors.ts";
import { fileReceiver } from "../../src/exporters/file-receiver.ts";
import { folderReceiver } from "../../src/exporters/folder-receiver.ts";
import type { Receiver } from "../../src/exporters/receiver.ts";
import { send } from "./receive.ts";

const megabyte = Buffer.alloc(1 << 20, "new ");

/** A folder as images may have them, in which not even its owner may write. */
async function addLockedFolder(folder: string): Promise<void> {
  const locked = join(folder, "locked");
  await mkdir(locked);
  await writeFile(join(locked, "file"), "locked");
  await chmod(locked, 0o555);
}

async function receive({ sink }: Receiver, megabytes: number): Promise<void> {
  if (sink.kind === "folder") {
    const folder = await sink.open();
    for (let i = 0; i < megabytes; i++) await writeFile(join(folder, `new-${i}`), megabyte);
  } else {
    await send({ sink }, ...Array.from({ length: megabytes }, () => megabyte));
  }
}

async function run(): Promise<string> {
  const [kind, path = "", megabytes, end] = process.argv.slice(2);
  const receiver =
    kind === "file" ? await fileReceiver(path, path) : await folderReceiver(path, path, { replace: false });
  try {
    await receive(receiver, Number(megabytes));
    if (kind === "locked-folder" && receiver.sink.kind === "folder") await addLockedFolder(await receiver.sink.open());
    console.log("received");
    if (end === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (end === "discard") {
      await receiver.discard();
      return "discarded";
    }
    await receiver.publish();
    return "published";
  } catch (error) {
    const told = receiver.trouble() ?? error;
    await receiver.discard();
    throw told;
  }
}

run().then(
  (word) => console.log(word),
  (error: unknown) => console.log(error instanceof TsbakeError ? `${error.code}: ${error.message}` : error),
);
