/** Probes: Dockerfiles with their contexts, and what a real BuildKit made of them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Modification time of every file and folder of a context that says nothing else: `@C` in listings. */
export const contextTime = 1_600_000_000;
/** SOURCE_DATE_EPOCH of every probe: `@E` in listings. */
export const epoch = 1_700_000_000;

export interface ParityCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly dockerfileName?: string;
  readonly context: ContextFiles;
  /** Contexts besides, by name. */
  readonly named?: Readonly<Record<string, ContextFiles>>;
  /** As frontend options: `build-arg:X`, `target`. */
  readonly opts?: Readonly<Record<string, string>>;
  /** Separated by commas. */
  readonly platform?: string;
  /** A secret `s` is given. */
  readonly secrets?: unknown;
  readonly expected: Expected;
}

/** A text is a file's content; a name that ends with a slash is a folder. */
export type ContextFiles = Readonly<Record<string, string | ContextFile>>;

export interface ContextFile {
  readonly c?: string;
  readonly b64?: string;
  /** Compressed, so that archives stay small here. */
  readonly gz64?: string;
  /** A fixture, or `busybox`. */
  readonly copy?: string;
  readonly link?: string;
  readonly hard?: string;
  readonly fifo?: number;
  readonly m?: number;
  readonly t?: number;
  readonly own?: readonly [number, number];
  /** Extended attributes. */
  readonly x?: Readonly<Record<string, string>>;
}

export interface ExpectedImage {
  readonly config: unknown;
  readonly history: readonly (readonly [string, boolean])[];
  readonly ndiff: number;
  readonly layers: readonly (readonly string[])[];
  readonly layer_digests: readonly string[];
  /** Lines that RUN printed. */
  readonly out?: readonly string[];
}

export type Expected =
  | { readonly error: string }
  | { readonly index: readonly (ExpectedImage & { readonly platform: unknown })[] }
  | ExpectedImage;

export const fixtureFolder: string = fileURLToPath(new URL("fixtures", import.meta.url));

/** What a demanding reader tries first, answered by BuildKit's main branch of August 2026. */
export function parityCases(): readonly ParityCase[] {
  return readCases("cases.json");
}

/** The corners of COPY, ADD and WORKDIR, answered by the BuildKit of Docker 28.5. */
export function copyCases(): readonly ParityCase[] {
  return readCases("copy-cases.json");
}

/** What differed once: found by holding a thousand Dockerfiles against BuildKit's main branch of August 2026, and some of their neighbours. */
export function moreCases(): readonly ParityCase[] {
  return readCases("more-cases.json");
}

function readCases(file: string): readonly ParityCase[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

export function usesRun({ dockerfile }: ParityCase): boolean {
  return /^\s*(ONBUILD\s+)?RUN\b/im.test(dockerfile);
}
