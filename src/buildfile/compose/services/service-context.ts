/** What the readers of one service share. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Parsed } from "../../../base/parsed.ts";
import type { Source, Span } from "../../../base/span.ts";
import type { Setting } from "../../definition.ts";
import { composeProblem } from "../compose-problems.ts";
import type { MapEntry } from "../node.ts";
import type { PlacedText, ValueReader } from "./value-reader.ts";

export interface ServiceContext {
  readonly service: string;
  readonly reader: ValueReader;
  readonly report: DiagnosticList;
  /** All services, to check what names them. */
  readonly services: ReadonlyMap<string, MapEntry>;
  readonly secrets: ReadonlyMap<string, MapEntry>;
  /** A path of a file, as seen from the working folder. */
  readonly pathFrom: (source: Source, path: string) => string;
  /** With `BUILDX_BAKE_FILE_RELATIVE_PATHS`: what contexts are relative to. */
  readonly contextFolder: string | undefined;
  /** The value of an argument that is only named. */
  readonly environment: (name: string) => Setting<string> | undefined;
}

/** A setting said at `span`. */
export function settingAt<T>({ service }: ServiceContext, value: T, span: Span): Setting<T> {
  return { value, origin: { kind: "compose", span, service } };
}

/** The value of an entry that was parsed, as a setting; undefined when it could not be, which is reported. */
export function acceptEntry<T>(
  context: ServiceContext,
  { name, entry, result }: { readonly name: string; readonly entry: PlacedText; readonly result: Parsed<T> },
): Setting<T> | undefined {
  if (result.ok) return settingAt(context, result.value, entry.span);
  context.report.add(composeProblem("compose/entry", entry.span, `${name}: ${result.message}`));
  return undefined;
}

/** Dots are no part of a target's name. */
export function targetNameOf(service: string): string {
  return service.replaceAll(".", "_");
}
