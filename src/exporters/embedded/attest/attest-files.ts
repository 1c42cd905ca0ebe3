/** What is said of files that are exported without an image: statements as files of their own. */
import { createHash } from "node:crypto";
import type { FileEntry } from "../../../engine/tree/entry.ts";
import type { Tree } from "../../../engine/tree/tree.ts";
import { walk } from "../../../engine/tree/walk.ts";
import { BuildFailure } from "../../../execute/ports.ts";
import { renderStatement, type Statement, type Subject } from "../attestation-manifest.ts";
import { FileContents } from "../file-contents.ts";
import type { WriteRequest } from "../request.ts";
import { chooseAttestations } from "./attestation-choice.ts";
import { listPackages } from "./list-packages.ts";
import { provenanceStatement } from "./provenance.ts";
import { scannedStatement } from "./scanned.ts";
import { spdxStatement } from "./spdx.ts";

/** File name to text; for one of the results. What is only meant for the inside of images is left out. */
export async function attestFiles(
  request: WriteRequest,
  index: number,
  tree: Tree,
): Promise<ReadonlyMap<string, string>> {
  const { target, results, scan } = request;
  const choice = chooseAttestations(target.attest, { target: target.name, inline: false, byDefault: false });
  const files = new Map<string, string>();
  if (choice.provenance === undefined && !choice.sbom) return files;
  const subject = await subjectsOf(tree, request);
  const add = (name: string, statement: Statement): void => {
    if (files.has(name)) throw new BuildFailure("build/bad-scanner", `two attestations are called ${name}`);
    files.set(name, renderStatement(statement, 2));
  };
  const result = results[index];
  if (choice.provenance !== undefined && result !== undefined) {
    const facts = { choice: choice.provenance, request, sources: result.sources, subject, layers: [] };
    add(choice.provenance.filename, await provenanceStatement(facts));
  }
  if (choice.sbom && scan !== undefined) {
    for (const document of await scan(index)) add(document.file, scannedStatement(document, subject));
  } else if (choice.sbom) {
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
