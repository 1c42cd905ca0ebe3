/** What a scanner has written: in-toto statements, each a file of its own. */
import { isRecord } from "../../base/json-shape.ts";
import { compareBytes } from "../../base/text.ts";
import { BuildFailure } from "../../execute/ports.ts";
import type { Layer } from "../layer/layer.ts";
import { openContent } from "../layer/open-content.ts";
import type { EngineServices } from "../solve/services.ts";
import type { FileContent, TreeEntry } from "../tree/entry.ts";
import { coreName, outputFolder } from "./scan-step.ts";
import type { Scanner } from "./scanner.ts";

export interface ScanDocument {
  /** Of the file: `sbom.spdx.json`. */
  readonly file: string;
  readonly predicateType: string;
  /** JSON. */
  readonly predicate: unknown;
  /** What it is about; empty: the result as a whole. */
  readonly subjects: readonly ScanSubject[];
  /** Whether it is of the result itself rather than of what was shown besides. */
  readonly isCore: boolean;
}

export interface ScanSubject {
  readonly name: string;
  readonly digest: ReadonlyMap<string, string>;
}

const spdx = "https://spdx.dev/Document";

/** Larger ones are refused, as BuildKit does. */
const largestDocumentBytes = 40 << 20;

type ScanStores = Pick<EngineServices, "layers" | "store">;

/** Rejects with a BuildFailure when there is none, or one that is no statement. That of the result comes first. */
export async function readScanDocuments(
  layer: Layer,
  scanner: Scanner,
  services: ScanStores,
  signal: AbortSignal,
): Promise<readonly ScanDocument[]> {
  const documents: ScanDocument[] = [];
  for (const entry of await services.layers.entries(layer, signal)) {
    const file = entry.path.startsWith(`${outputFolder}/`) ? entry.path.slice(outputFolder.length + 1) : "";
    if (file === "") continue;
    documents.push(readStatement(file, await textOf(file, entry, { scanner, services, signal }), scanner));
  }
  if (documents.length === 0) throw wrong(scanner, "it has written nothing");
  return documents.sort((a, b) => Number(b.isCore) - Number(a.isCore) || compareBytes(a.file, b.file));
}

interface Reading {
  readonly scanner: Scanner;
  readonly services: ScanStores;
  readonly signal: AbortSignal;
}

async function textOf(file: string, entry: TreeEntry, { scanner, services, signal }: Reading): Promise<string> {
  if (entry.type !== "file") throw wrong(scanner, `${file} is not a file`);
  if (entry.content.size > largestDocumentBytes) throw wrong(scanner, `${file} is larger than 40 MiB`);
  return readText(entry.content, services, signal);
}

async function readText(content: FileContent, { store }: ScanStores, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openContent(store, content, signal)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function readStatement(file: string, text: string, scanner: Scanner): ScanDocument {
  const statement = parse(text);
  if (!isRecord(statement) || !("predicate" in statement)) throw wrong(scanner, `${file} is no in-toto statement`);
  const { predicateType, predicate, subject } = statement;
  if (predicateType !== spdx) {
    throw wrong(scanner, `${file} is about ${JSON.stringify(predicateType)}, not ${JSON.stringify(spdx)}`);
  }
  const subjects = (Array.isArray(subject) ? subject : []).map(readSubject);
  return { file, predicateType: spdx, predicate, subjects, isCore: file.split(".", 1)[0] === coreName };
}

function readSubject(subject: unknown): ScanSubject {
  const { name, digest } = isRecord(subject) ? subject : {};
  const digests = Object.entries(isRecord(digest) ? digest : {});
  return {
    name: typeof name === "string" && name !== "" ? name : "_",
    digest: new Map(digests.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []))),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong({ reference }: Scanner, why: string): BuildFailure {
  return new BuildFailure(
    "build/bad-scanner",
    `the SBOM generator ${reference} does not keep to the protocol: ${why}`,
    {
      hint: "it writes in-toto statements with SPDX documents to $BUILDKIT_SCAN_DESTINATION/NAME.spdx.json",
    },
  );
}
