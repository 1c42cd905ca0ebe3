/** Paths a daemon sends, which are not trusted: they stay inside the folder they are written to. */
import { sep } from "node:path";
import { RpcError } from "../../rpc/status.ts";

const maxPathBytes = 4096;

/** The names of a relative, clean path. Throws an RpcError for any other. */
export function namesOfReceivedPath(path: string): readonly string[] {
  const names = path.split("/");
  const strange = names.some(
    (name) =>
      name === "" || name === "." || name === ".." || name.includes("\0") || (sep === "\\" && /[\\:]/.test(name)),
  );
  if (!strange && Buffer.byteLength(path) <= maxPathBytes) return names;
  throw new RpcError("INVALID_ARGUMENT", `the daemon sent the path ${JSON.stringify(path.slice(0, 200))}, refused`);
}
