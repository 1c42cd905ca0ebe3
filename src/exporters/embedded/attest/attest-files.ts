/** What is said of files that are exported without an image: statements as files of their own. */
import { createHash } from "node:crypto";
import type { FileEntry } from "../../../engine/tree/entry.ts";
import type { Tree } from "../../../engine/tree/tree.ts";
import { walk } from "../../../engine/tree/walk.ts";
import { renderStatement, type Statement, type Subject } from "../attestation-manifest.ts";
import { FileContents } from "../file-contents.ts";
import type { WriteRequest } from "../request.ts";
import { chooseAttestations } from "./attestation-choice.ts";
import { listPackages } from "./list-packages.ts";
import { provenanceStatement } from "./provenance.ts";
import { spdxStatement } from "./spdx.ts";

/** File name to text; for one of the results. What is only meant for the inside of images is left out. */
export async function attestFiles(
  request: WriteRequest,
  index: number,
  tree: Tree,
): Promise<ReadonlyMap<string, string>> {
  const { target, results, onWarning } = request;
  const choice = chooseAttestations(target.attest, {
    target: target.name,
    inline: false,
    byDefault: false,
    ...(onWarning === undefined || index > 0 ? {} : { onWarning }),
  });
  const files = new Map<string, string>();
  if (choice.provenance === undefined && !choice.sbom) return files;
  const subject = await subjectsOf(tree, request);
  const add = (name: string, statement: Statement): void => {
    files.set(name, renderStatement(statement, 2));
  };
  if (choice.provenance !== undefined) {
    const materials = results[index]?.materials ?? [];
    const facts = { choice: choice.provenance, request, materials, subject, layers: [] };
    add("provenance.json", provenanceStatement(facts));
  }
  if (choice.sbom) {
    const packages = await listPackages(tree, request);
    add("sbom.spdx.json", spdxStatement({ packages, subject, name: target.name, request }));
  }
  return files;
}

/** Every file with its content; links to a file are the file. */
async function subjectsOf(tree: Tree, request: WriteRequest): Promise<readonly Subject[]> {
  const contents = new FileContents(request.store);
  try {
    const subjects: Subject[] = [];
    for (const entry of walk(tree)) {
      if (entry.type !== "file") continue;
      const sha256 = await hashOf(entry, contents, request.signal);
      subjects.push({ name: entry.path, digest: new Map([["sha256", sha256]]) });
    }
    return subjects;
  } finally {
    contents.close();
  }
}

async function hashOf(entry: FileEntry, contents: FileContents, signal: AbortSignal): Promise<string> {
  if (entry.content.kind === "layer") return entry.content.sha256;
  const hash = createHash("sha256");
  await contents.read(entry, signal, (piece) => void hash.update(piece));
  return hash.digest("hex");
}
