/** Which paths of a context a Dockerfile asks for. Builders fetch no others, so no others matter. */

const copying = /^\s*(?:ONBUILD\s+)?(?:COPY|ADD)\s+(.+)$/i;
const mounting = /--mount=(\S+)/gi;

/**
 * Whether a Dockerfile may read `path` of the main context, or anything of it if that is empty. Sources that are computed may be anything; a mount of the context is all of
 * it. A guess in favour of reading: stages that are never built count.
 */
export function mayRead(dockerfile: string, path: string): boolean {
  const lines = dockerfile.replace(/\\[ \t]*\r?\n/g, " ").split(/\r?\n/);
  return lines.some((line) => copies(line, path) || mounts(line));
}

function copies(line: string, path: string): boolean {
  const written = copying.exec(line)?.[1];
  if (written === undefined) return false;
  const words = wordsOf(written);
  const flags = words.filter((word) => word.startsWith("--"));
  if (flags.some((flag) => flag.startsWith("--from="))) return false;
  const sources = words.filter((word) => !word.startsWith("--")).slice(0, -1);
  return sources.some((source) => holds(source, path));
}

/** `["a", "b"]` is a list of words as well. */
function wordsOf(written: string): readonly string[] {
  return written
    .replace(
      /^((?:--\S+\s+)*)\[(.*)\]\s*$/,
      (_, flags: string, list: string) => `${flags}${list.replace(/[",]+/g, " ")}`,
    )
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** Wildcards and variables may stand for anything from where they begin. */
function holds(source: string, path: string): boolean {
  if (source.startsWith("<<") || /^(?:https?|git|ssh):\/\//.test(source)) return false;
  if (path === "") return true;
  const fixed = (source.split(/[*?[$]/)[0] ?? "").replace(/^(?:\.?\/)+/, "").replace(/^\.$/, "");
  if (/[*?[$]/.test(source)) return path.startsWith(fixed) || fixed.startsWith(`${path}/`);
  const folder = fixed.replace(/\/+$/, "");
  return folder === "" || path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`);
}

function mounts(line: string): boolean {
  if (!/^\s*(?:ONBUILD\s+)?RUN\s/i.test(line)) return false;
  return [...line.matchAll(mounting)].some(([, options = ""]) => {
    const type = /(?:^|,)type=([^,]*)/.exec(options)?.[1] ?? "bind";
    return type === "bind" && !/(?:^|,)from=/.test(options);
  });
}
