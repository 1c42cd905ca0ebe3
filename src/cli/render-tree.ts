/** Trees with columns: a text, where it is from, a remark. */
import { stripControl } from "../base/text.ts";
import { displayWidth, padWidth } from "../progress/display-width.ts";
import { plainStyle, type Style } from "./style.ts";

export interface TreeNode {
  readonly text: string;
  readonly place?: string | undefined;
  readonly remark?: string | undefined;
  readonly children?: readonly TreeNode[];
}

interface Row {
  readonly branch: string;
  readonly text: string;
  readonly place: string;
  readonly remark: string;
}

/** Rows that are longer than this do not widen the column for the others. */
const widestText = 60;
const widestPlace = 40;

/** One line a node, newline at the end; columns are aligned over all trees. Text from files is stripped of control characters. */
export function renderTrees(roots: readonly TreeNode[], style: Style = plainStyle): string {
  const rows: Row[] = [];
  for (const root of roots) addRows(rows, root, { here: "", below: "" });
  const textWidth = widest(
    rows.filter(({ place, remark }) => place + remark !== "").map(({ branch, text }) => branch + text),
    widestText,
  );
  const placeWidth = widest(
    rows.filter(({ remark }) => remark !== "").map(({ place }) => place),
    widestPlace,
  );
  return rows.map((row) => `${renderRow(row, { textWidth, placeWidth, style })}\n`).join("");
}

function addRows(rows: Row[], node: TreeNode, lines: { readonly here: string; readonly below: string }): void {
  const { text, place = "", remark = "", children = [] } = node;
  rows.push({
    branch: lines.here,
    text: stripControl(text),
    place: stripControl(place),
    remark: stripControl(remark),
  });
  for (const [i, child] of children.entries()) {
    const isLast = i === children.length - 1;
    addRows(rows, child, {
      here: `${lines.below}${isLast ? "└─ " : "├─ "}`,
      below: `${lines.below}${isLast ? "   " : "│  "}`,
    });
  }
}

function renderRow(
  { branch, text, place, remark }: Row,
  { textWidth, placeWidth, style }: { readonly textWidth: number; readonly placeWidth: number; readonly style: Style },
): string {
  const shown = `${style.dim(branch)}${branch === "" ? style.bold(text) : text}`;
  if (place === "" && remark === "") return shown;
  const gap = " ".repeat(Math.max(0, textWidth - displayWidth(branch + text)) + 2);
  if (remark === "") return `${shown}${gap}${style.help(place)}`;
  return `${shown}${gap}${style.help(padWidth(place, placeWidth))}  ${style.dim(remark)}`;
}

function widest(texts: readonly string[], most: number): number {
  return texts.reduce((width, text) => {
    const own = displayWidth(text);
    return own > most ? width : Math.max(width, own);
  }, 0);
}
