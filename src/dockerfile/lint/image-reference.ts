/** Whether a text can name an image, before anybody asks a registry. */

const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domain = new RegExp(`^(?:${label}(?:\\.${label})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?$`);
const remote = new RegExp(
  `^(${part}(?:/${part})*)(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

export function isImageReference(text: string): boolean {
  if (/^[0-9a-f]{64}$/.test(text)) return false;
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  const named = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (named && !domain.test(first)) return false;
  const path = remote.exec(named ? text.slice(slash + 1) : text)?.[1];
  return path !== undefined && (named ? first.length + 1 : 0) + path.length <= 255;
}
