/** Archives with anything in them, also what no honest program writes. */

export interface Member {
  readonly name: string;
  /** ustar: `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder. */
  readonly type?: "0" | "1" | "2" | "3" | "5";
  readonly text?: string | Uint8Array;
  readonly link?: string;
  readonly mode?: number;
  /** In place of the length of the text. */
  readonly size?: number;
}

export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(bytesOf), Buffer.alloc(1024)]);
}

function bytesOf({ name, type = "0", text = "", link = "", mode = 0o755, size }: Member): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  octal(header, mode, 100, 8);
  octal(header, 0, 108, 8);
  octal(header, 0, 116, 8);
  octal(header, size ?? content.length, 124, 12);
  octal(header, 1_600_000_000, 136, 12);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\x0000", 257);
  octal(header, 8, 329, 8);
  octal(header, 0, 337, 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

function octal(header: Buffer, value: number, at: number, length: number): void {
  header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
}
