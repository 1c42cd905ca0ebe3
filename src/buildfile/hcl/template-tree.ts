/** From the flat pieces of a template to its parts, directives holding what stands between them. */
import type { Span } from "../../base/span.ts";
import type { Cursor } from "./cursor.ts";
import type { Expression, TemplateInterpolation, TemplatePart, TemplateText } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";

export type TextPiece = TemplateText;

export type Piece =
  | TextPiece
  | TemplateInterpolation
  | { readonly kind: "if"; readonly condition: Expression; readonly span: Span }
  | {
      readonly kind: "for";
      readonly keyName?: string;
      readonly valueName: string;
      readonly collection: Expression;
      readonly span: Span;
    }
  | { readonly kind: "else" | "endif" | "endfor"; readonly span: Span };

/** A directive that is open: its parts so far, and those before its `else`. */
interface Frame {
  readonly opener: (Piece & { readonly kind: "if" | "for" }) | undefined;
  readonly before?: readonly TemplatePart[];
  readonly parts: TemplatePart[];
}

/**
 * Text that follows text becomes one part and empty text none, except beside a lone interpolation: there it is what makes the template a
 * string whatever the type of the value, so one empty text stays in front.
 */
export function buildParts(cursor: Cursor, pieces: readonly Piece[]): readonly TemplatePart[] {
  if (pieces.every(isPlain)) return plainParts(cursor, pieces);
  const frames: Frame[] = [{ opener: undefined, parts: [] }];
  let deepest = 0;
  for (const piece of pieces) {
    const frame = frames.at(-1);
    if (!frame) break;
    if (piece.kind === "text") addText(frame.parts, piece);
    else if (piece.kind === "interpolation") frame.parts.push(piece);
    else if (piece.kind === "if" || piece.kind === "for") {
      if (!cursor.enter()) break;
      frames.push({ opener: piece, parts: [] });
    } else closeOrTurn(cursor, frames, piece);
    deepest = Math.max(deepest, frames.length);
  }
  cursor.height += deepest;
  for (const { opener } of frames.slice(1).reverse()) {
    cursor.leave();
    if (opener) unclosed(cursor, opener);
  }
  return withEmptyText(frames[0]?.parts ?? [], pieces);
}

type PlainPiece = TextPiece | TemplateInterpolation;

function isPlain(piece: Piece): piece is PlainPiece {
  return piece.kind === "text" || piece.kind === "interpolation";
}

/** The parts of a template without directives, as nearly all are. */
function plainParts(cursor: Cursor, pieces: readonly PlainPiece[]): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece?.kind === "text") addText(parts, piece);
    else if (piece !== undefined) parts.push(piece);
  }
  if (pieces.length > 0) cursor.height++;
  return withEmptyText(parts.slice(), pieces);
}

function addText(parts: TemplatePart[], piece: TextPiece): void {
  if (piece.text === "") return;
  const last = parts[parts.length - 1];
  if (last?.kind !== "text") parts.push(piece);
  else {
    const span = { source: last.span.source, start: last.span.start, end: piece.span.end };
    parts[parts.length - 1] = { kind: "text", text: last.text + piece.text, span };
  }
}

/** `else`, `endif` and `endfor` for the innermost open directive. */
function closeOrTurn(
  cursor: Cursor,
  frames: Frame[],
  piece: Piece & { readonly kind: "else" | "endif" | "endfor" },
): void {
  const frame = frames.at(-1);
  const opener = frame?.opener;
  const misfit = whyStray(piece.kind, frame);
  if (!frame || !opener || misfit !== undefined) {
    const related = opener ? { related: opensHere(`the ${opener.kind}`, opener.span) } : {};
    cursor.problem("hcl/stray-directive", piece.span, misfit ?? "nothing is open here", related);
    return;
  }
  if (piece.kind === "else") {
    frames[frames.length - 1] = { opener, before: frame.parts, parts: [] };
    return;
  }
  frames.pop();
  cursor.leave();
  const span = { source: opener.span.source, start: opener.span.start, end: piece.span.end };
  frames.at(-1)?.parts.push(directive(frame, opener, span));
}

function directive(frame: Frame, opener: Piece & { readonly kind: "if" | "for" }, span: Span): TemplatePart {
  if (opener.kind === "for") return { ...opener, body: frame.parts, span };
  const { condition } = opener;
  if (!frame.before) return { kind: "if", condition, then: frame.parts, span };
  return { kind: "if", condition, then: frame.before, otherwise: frame.parts, span };
}

/** Why a directive does not belong to the innermost open one; undefined when it does. */
function whyStray(kind: "else" | "endif" | "endfor", frame: Frame | undefined): string | undefined {
  if (!frame?.opener) return `there is no open ${kind === "endfor" ? "for" : "if"} here`;
  if (kind !== "else")
    return kind === `end${frame.opener.kind}` ? undefined : `expected end${frame.opener.kind}, found ${kind}`;
  if (frame.opener.kind === "for") return "a for directive has no else";
  return frame.before ? "this if has an else already" : undefined;
}

function unclosed(cursor: Cursor, opener: Piece & { readonly kind: "if" | "for" }): void {
  const hint = `write %{ end${opener.kind} } where it ends`;
  cursor.problem("hcl/unclosed-directive", opener.span, `this ${opener.kind} directive is not closed`, { hint });
}

function withEmptyText(parts: readonly TemplatePart[], pieces: readonly Piece[]): readonly TemplatePart[] {
  if (parts.length !== 1 || parts[0]?.kind !== "interpolation") return parts;
  const text = pieces.find((piece) => piece.kind === "text");
  if (!text) return parts;
  return [{ ...text, text: "" }, ...parts];
}
