/** A sink that keeps what it receives, and a reader of archives. */
import { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import type { ExportSink } from "../../../src/execute/ports.ts";

export interface Collected {
  readonly sink: ExportSink;
  readonly bytes: () => Buffer;
}

export function collect(): Collected {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { sink: { kind: "stream", open: async () => stream }, bytes: () => Buffer.concat(chunks) };
}

export interface Member {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly linkname?: string;
  readonly content: Buffer;
}

export async function readMembers(archive: Uint8Array): Promise<readonly Member[]> {
  const members: Member[] = [];
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const content = await buffer(entry);
    const { name, type, mode, uid, gid, mtime, linkname } = entry.header;
    members.push({
      name,
      type: String(type),
      mode: mode ?? 0,
      uid: uid ?? 0,
      gid: gid ?? 0,
      mtime: (mtime?.getTime() ?? 0) / 1000,
      ...(linkname ? { linkname } : {}),
      content,
    });
  }
  return members;
}

/** A document of an archive, parsed. */
export async function document(archive: Uint8Array, name: string): Promise<unknown> {
  const member = (await readMembers(archive)).find((each) => each.name === name);
  if (member === undefined) throw new Error(`the archive has no ${name}`);
  return JSON.parse(member.content.toString());
}
