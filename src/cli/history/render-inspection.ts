/** All that is known of one past build, for people and, with the fields of docker buildx, as JSON. */
import type { BuildRecord } from "../../api/history.ts";
import { stripControl } from "../../base/text.ts";
import type { BuildFailure } from "../../execute/ports.ts";
import { renderSourceExcerpt } from "../../progress/failure-summary.ts";
import { formatDuration } from "../../progress/format.ts";
import type { ProgressStyle } from "../../progress/renderer.ts";
import { recordName } from "./record-name.ts";
import { renderColumns } from "./render-records.ts";

export interface Inspection {
  readonly record: BuildRecord;
  readonly failure: BuildFailure | undefined;
  readonly nowMs: number;
}

/** What has a line or a field of its own; every other attribute is configuration. */
const told = new Set(["context", "filename", "target", "platform", "vcs:source", "vcs:revision", "frontend.caps"]);
const toldPrefixes = ["build-arg:", "label:", "context:", "input-metadata:"];

export function renderInspection(inspection: Inspection, style: ProgressStyle): string {
  const { record, failure } = inspection;
  const { attributes } = record;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Name", recordName(record) || undefined],
    ["Ref", record.ref],
    ["Context", attributes.get("context")],
    ["Dockerfile", attributes.get("filename") ?? "Dockerfile"],
    ["VCS Repository", attributes.get("vcs:source")],
    ["VCS Revision", attributes.get("vcs:revision")],
    ["Target", attributes.get("target")],
    ["Platforms", attributes.get("platform")?.split(",").join(", ")],
    ["Started", record.createdAt],
    ["Duration", durationText(inspection)],
    ["Status", record.status],
    ["Error", record.error && `${record.error.code} ${record.error.message}`],
    ["Build Steps", stepsText(record)],
    ["Warnings", record.warnings === 0 ? undefined : String(record.warnings)],
  ];
  const blocks = [
    renderPairs(facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
    titled("Named Contexts", prefixed(attributes, "context:")),
    titled("Build Arguments", prefixed(attributes, "build-arg:")),
    titled("Labels", prefixed(attributes, "label:")),
    titled("Configuration", configurationOf(attributes)),
    failure?.excerpts.map((excerpt) => `${renderSourceExcerpt(excerpt, style).join("\n")}\n`).join("") ?? "",
    renderAttachments(record),
    `Its log: tsbake history logs ${record.ref}\n`,
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

/** JSON with two spaces, newline at the end. */
export function renderInspectionJson({ record, failure, nowMs }: Inspection): string {
  const { attributes } = record;
  const text = (key: string, name: string) => (attributes.has(name) ? { [key]: attributes.get(name) } : {});
  const list = (key: string, pairs: readonly (readonly [string, string])[]) =>
    pairs.length === 0 ? {} : { [key]: pairs.map(([name, value]) => ({ Name: name, Value: value })) };
  const name = recordName(record);
  const mode = attributes.get("image-resolve-mode");
  const rest = configurationOf(attributes).filter(([key]) => !/^(image-resolve-mode$|attest:)/.test(key));
  const document = {
    ...(name === "" ? {} : { Name: name }),
    Ref: record.ref,
    ...text("Context", "context"),
    Dockerfile: attributes.get("filename") ?? "Dockerfile",
    ...text("VCSRepository", "vcs:source"),
    ...text("VCSRevision", "vcs:revision"),
    ...text("Target", "target"),
    ...(attributes.has("platform") ? { Platform: attributes.get("platform")?.split(",") } : {}),
    ...list("NamedContexts", prefixed(attributes, "context:")),
    StartedAt: record.createdAt,
    ...(record.completedAt === undefined ? {} : { CompletedAt: record.completedAt }),
    Duration: Math.round(((record.completedMs ?? nowMs) - record.createdMs) * 1e6),
    Status: record.status === "error" ? "failed" : record.status,
    ...(record.error === undefined ? {} : { Error: errorJson(record.error, failure) }),
    NumCompletedSteps: record.steps.completed,
    NumTotalSteps: record.steps.total,
    NumCachedSteps: record.steps.cached,
    ...list("BuildArgs", prefixed(attributes, "build-arg:")),
    ...list("Labels", prefixed(attributes, "label:")),
    Config: { ...(mode === undefined ? {} : { ImageResolveMode: mode }), ...list("RestRaw", rest) },
    ...(record.attachments.length === 0 ? {} : { Attachments: record.attachments.map(attachmentJson) }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function errorJson(error: NonNullable<BuildRecord["error"]>, failure: BuildFailure | undefined) {
  return {
    Code: error.number,
    Message: error.message,
    ...(failure === undefined || failure.excerpts.length === 0 ? {} : { Excerpts: failure.excerpts }),
  };
}

function attachmentJson({ digest, platform, type }: BuildRecord["attachments"][number]) {
  return { Digest: digest, ...(platform === undefined ? {} : { Platform: platform }), Type: type };
}

function renderAttachments({ attachments }: BuildRecord): string {
  if (attachments.length === 0) return "";
  const rows = attachments.map(({ digest, platform = "", type }) => [digest, platform, stripControl(type)]);
  return `Attachments:\n${renderColumns([["DIGEST", "PLATFORM", "TYPE"], ...rows])}`;
}

function prefixed(attributes: ReadonlyMap<string, string>, prefix: string): readonly (readonly [string, string])[] {
  return sorted([...attributes].filter(([key]) => key.startsWith(prefix))).map(([key, value]) => [
    key.slice(prefix.length),
    value,
  ]);
}

function configurationOf(attributes: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return sorted([...attributes].filter(([key]) => !told.has(key) && !toldPrefixes.some((one) => key.startsWith(one))));
}

function sorted(pairs: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
}

function titled(title: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.length === 0 ? "" : `${title}:\n${renderPairs(pairs, "  ")}`;
}

function renderPairs(pairs: readonly (readonly [string, string])[], indent = ""): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length)) + 3;
  return pairs.map(([name, value]) => stripLine(`${indent}${`${name}:`.padEnd(width)}${value}`)).join("");
}

function stripLine(text: string): string {
  return `${stripControl(text.replaceAll("\n", " ")).trimEnd()}\n`;
}

function durationText({ record, nowMs }: Inspection): string {
  const took = formatDuration((record.completedMs ?? nowMs) - record.createdMs);
  return record.completedMs === undefined ? `${took}+` : took;
}

function stepsText({ steps: { total, completed, cached } }: BuildRecord): string {
  const share = total === 0 ? 0 : Math.round((cached / total) * 100);
  return `${completed}/${total} (${share}% cached)`;
}
