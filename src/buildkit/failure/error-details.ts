/**
 * What a daemon attaches to an error: JSON in `google.protobuf.Any`, one type of Go each. Types that are not known are left
 * alone; newer daemons add some.
 */
import { isRecord, stringField } from "../../base/json-shape.ts";
import type { LineRange } from "../../execute/source-excerpt.ts";
import type { Any } from "../gen/google/protobuf/any.ts";

/** A file and the lines of it that are to blame. */
export interface BlamedSource {
  readonly filename: string;
  readonly text: string;
  readonly ranges: readonly LineRange[];
}

export interface ErrorDetails {
  /** The digest of the step that failed. */
  readonly vertex: string | undefined;
  /** Innermost first. */
  readonly sources: readonly BlamedSource[];
  /** The frontend is too old for something we asked of it. */
  readonly missingFrontendCap: string | undefined;
  /** The request the frontend does not know. */
  readonly unknownSubrequest: string | undefined;
  /** Of the command that a RUN ran. */
  readonly exitCode: number | undefined;
  /** Why a source policy said no. */
  readonly denials: readonly string[];
}

const prefix = /^github\.com\/moby\/buildkit\/(.*)\+json$/;
const mostSources = 20;

export function readErrorDetails(details: readonly Any[]): ErrorDetails {
  const found = details.map(readDetail);
  const of = (type: string): readonly unknown[] =>
    found.filter((detail) => detail.type === type).map((detail) => detail.value);
  const [vertex] = of("errdefs.Vertex");
  const [exit] = of("gatewayapi.ExitMessage");
  return {
    vertex: stringField(vertex, "digest") || undefined,
    sources: of("errdefs.Source").slice(0, mostSources).flatMap(readSource),
    missingFrontendCap: stringField(of("errdefs.FrontendCap")[0], "name"),
    unknownSubrequest: stringField(of("errdefs.Subrequest")[0], "name"),
    exitCode: isRecord(exit) && typeof exit.Code === "number" ? exit.Code : undefined,
    denials: of("policysession.DecisionResponse").flatMap(readDenials),
  };
}

function readDetail(detail: Any): { readonly type: string | undefined; readonly value: unknown } {
  const type = prefix.exec(detail.typeUrl)?.[1];
  if (type === undefined) return { type, value: undefined };
  try {
    return { type, value: JSON.parse(Buffer.from(detail.value).toString("utf8")) };
  } catch {
    return { type: undefined, value: undefined };
  }
}

function readSource(value: unknown): readonly BlamedSource[] {
  if (!isRecord(value) || !Array.isArray(value.ranges)) return [];
  const text = Buffer.from(stringField(value.info, "data") ?? "", "base64").toString("utf8");
  const ranges = value.ranges.flatMap((range): LineRange[] => {
    const start = lineOf(range, "start");
    return start === undefined ? [] : [{ start, end: lineOf(range, "end") ?? start }];
  });
  return [{ filename: stringField(value.info, "filename") ?? "Dockerfile", text, ranges }];
}

function lineOf(range: unknown, side: string): number | undefined {
  const position = isRecord(range) ? range[side] : undefined;
  return isRecord(position) && typeof position.line === "number" ? position.line : undefined;
}

function readDenials(value: unknown): readonly string[] {
  const messages = isRecord(value) && Array.isArray(value.denyMessages) ? value.denyMessages : [];
  return messages.flatMap((message) => stringField(message, "message") ?? []);
}
