/** A store whose folder is made when a daemon first has something for it. */
import type { ContentStore } from "./content-store.ts";
import { createLayoutStore } from "./layout-store.ts";

/** `open` gives the folder, the same one each time. */
export function createLaterStore(open: () => Promise<string>): ContentStore {
  const store = async (): Promise<ContentStore> => createLayoutStore(await open(), { writable: true });
  return {
    size: async (digest) => (await store()).size(digest),
    read: (digest, offset, sizeBytes) => readLater(store(), digest, offset, sizeBytes),
    write: async () => {
      const { write } = await store();
      if (write === undefined) throw new Error("a store that is only read");
      return await write();
    },
  };
}

async function* readLater(
  store: Promise<ContentStore>,
  digest: string,
  offset: number,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  yield* (await store).read(digest, offset, sizeBytes);
}
