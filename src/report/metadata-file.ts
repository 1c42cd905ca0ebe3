/**
 * The metadata file: what the exporters answered for each target, in the form bake gives it (spec bake-language, section 25.5), so that
 * what reads one reads the other.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../base/errors.ts";
import { compareBytes } from "../base/text.ts";
import { quoteJson } from "../buildfile/hcl/value-json.ts";
import type { Outcome, StepWarningEvent } from "../events/event.ts";
import { pushes } from "../plan/check/outputs.ts";
import type { Build, BuildId } from "../plan/plan.ts";
import { indentJson } from "./json-text.ts";

export interface MetadataSources {
  readonly builds: readonly Build[];
  readonly outcomes: ReadonlyMap<BuildId, Outcome>;
  /** Given when warnings are asked for (`BUILDX_METADATA_WARNINGS`). */
  readonly warnings?: readonly StepWarningEvent[];
}

/**
 * The text of the file. Targets are sorted, and so are their keys; the answers of a target's builds are joined: a later output wins, and one
 * that is pushed wins over one that stays here, so the digest of a pushed image is the registry's.
 * Targets without a successful build are left out: the file of a run that was told to continue holds what there is.
 */
export function renderMetadata({ builds, outcomes, warnings = [] }: MetadataSources): string {
  const document = new Map<string, string>();
  for (const [target, answer] of answersOf(builds, outcomes)) {
    document.set(target, objectText(new Map([...answer].map(([key, value]) => [key, valueText(key, value)]))));
  }
  if (warnings.length > 0) document.set("buildx.build.warnings", `[${warnings.map(warningText).join(",")}]`);
  return indentJson(objectText(document));
}

/** Writes the file as a whole or not at all, and makes the folders above it. Throws a TsbakeError when it cannot be written. */
export async function writeMetadataFile(path: string, text: string): Promise<void> {
  const staged = join(dirname(path), `.${basename(path).slice(0, 60)}.tsbake-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(staged, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { force: true }).catch(() => {});
    if (errnoCode(error) === undefined) throw error;
    throw new TsbakeError(
      "report/metadata-unwritable",
      `cannot write the metadata file ${JSON.stringify(path)}: ${messageOf(error)}`,
      {
        hint: "the builds themselves are done; choose another path with --metadata-file",
        cause: error,
      },
    );
  }
}

function answersOf(
  builds: readonly Build[],
  outcomes: ReadonlyMap<BuildId, Outcome>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const answers = new Map<string, Map<string, string>>();
  for (const build of [...builds].sort((a, b) => Number(isPushed(a)) - Number(isPushed(b)))) {
    const outcome = outcomes.get(build.id);
    if (outcome?.status !== "succeeded") continue;
    const answer = answers.get(build.target) ?? new Map<string, string>();
    answers.set(build.target, answer);
    for (const [key, value] of outcome.response) answer.set(key, value);
  }
  return answers;
}

function isPushed({ output }: Build): boolean {
  return output !== undefined && pushes(output);
}

function objectText(fields: ReadonlyMap<string, string>): string {
  const sorted = [...fields].sort(([a], [b]) => compareBytes(a, b));
  return `{${sorted.map(([key, text]) => `${quoteJson(key)}:${text}`).join(",")}}`;
}

/** A value that is the base64 of a JSON object, or of a list of them, is put in as what it is. */
function valueText(key: string, value: string): string {
  // The frontend's answer to a call is JSON as it is.
  const text = key === "result.json" ? value : decodeBase64(value);
  return text !== undefined && isStructured(text) ? escapeMarks(text) : quoteJson(value);
}

function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64").toString("utf8");
}

function isStructured(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.length > 0 && value.every((item) => item === null || isObject(item));
    return isObject(value) && Object.keys(value).length > 0;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** In a JSON text these characters are found in strings only. */
function escapeMarks(text: string): string {
  return text.replace(/[<>&\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A warning with the fields and in the encoding of BuildKit's client. */
function warningText({ step, level, message, detail, url, excerpt }: StepWarningEvent): string {
  const fields = {
    vertex: step,
    level,
    short: Buffer.from(message).toString("base64"),
    ...(detail.length === 0 ? {} : { detail: detail.map((line) => Buffer.from(line).toString("base64")) }),
    ...(url === undefined ? {} : { url }),
    ...(excerpt === undefined ? {} : { sourceInfo: { filename: excerpt.file }, range: rangesOf(excerpt) }),
  };
  return escapeMarks(JSON.stringify(fields));
}

type Excerpt = NonNullable<StepWarningEvent["excerpt"]>;

function rangesOf({ firstLine, lines }: Excerpt): readonly unknown[] {
  return lines.flatMap(({ marked }, index) => {
    const position = { line: firstLine + index };
    return marked ? [{ start: position, end: position }] : [];
  });
}
