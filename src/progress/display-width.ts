/** How many terminal columns a text takes, and cutting it to fit. Texts hold no control characters. */

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const ascii = /^[\x20-\x7e]*$/;

export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** At most `columns` columns; what is cut ends in `…`. */
export function fitWidth(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let fitted = "";
  for (const { segment } of segmenter.segment(text)) {
    const next = width + (wide.test(segment) ? 2 : 1);
    if (next > columns - 1) break;
    width = next;
    fitted += segment;
  }
  return `${fitted}…`;
}

/** Fills up with spaces on the right. */
export function padWidth(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}
