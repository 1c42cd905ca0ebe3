/** Writes a file whole or not at all. */
import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { messageOf, TsbakeError } from "../base/errors.ts";

/**
 * Puts a new text in the place of an existing file, whose mode stays; a link stays a link. Throws a TsbakeError when it cannot be written, and the
 * file is as it was then.
 */
export function replaceFile(path: string, text: string): void {
  try {
    const file = realpathSync(path);
    accessSync(file, constants.W_OK);
    const staged = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
    try {
      writeFileSync(staged, text, { flag: "wx", mode: 0o600 });
      // A mode given to a new file would lose what the umask takes away.
      chmodSync(staged, statSync(file).mode);
      renameSync(staged, file);
    } finally {
      rmSync(staged, { force: true });
    }
  } catch (error) {
    throw new TsbakeError("cli/file-not-written", `${path} cannot be written: ${messageOf(error)}`, {
      hint: "look at the permissions of the file and its folder, and at the space on the disk",
      cause: error,
    });
  }
}
