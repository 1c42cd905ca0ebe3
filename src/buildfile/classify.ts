/** What kind of build file a text is (spec bake-language, section 2.2). */
import { type BuildFileKind, formatOf } from "./discover.ts";

export interface Classification {
  /** The kinds to try, in order; the first that loads without errors is it. One kind: the name decides. */
  readonly attempts: readonly BuildFileKind[];
  /** Whose errors to show when every attempt fails: what the text looks like most. */
  readonly likely: BuildFileKind;
}

/**
 * `looksLikeCompose` answers whether a text is an object with `services` or `secrets` at its top; it is asked only when the name
 * leaves it open.
 */
export function classify(name: string, text: string, looksLikeCompose: (text: string) => boolean): Classification {
  const byName = formatOf(name);
  if (byName) return { attempts: [byName], likely: byName };
  const native: readonly BuildFileKind[] = ["hcl", "json"];
  // `BUILD.JSON`, `x.HCL`: not compose, but in which of both languages the content tells.
  if (/\.(?:json|hcl)$/i.test(name)) return { attempts: native, likely: likelyNative(text) };
  if (looksLikeCompose(text)) return { attempts: ["compose", ...native], likely: "compose" };
  return { attempts: [...native, "toml"], likely: likelyTable(text) ? "toml" : likelyNative(text) };
}

function likelyNative(text: string): BuildFileKind {
  return /^[\s\ufeff]*[{[]/.test(text) ? "json" : "hcl";
}

/** A line that holds only `[a.b]` or `[[a.b]]` is a table header, and nothing of the kind stands in the other languages. */
function likelyTable(text: string): boolean {
  return /^[\t ]*\[{1,2}[\w"'.\- \t]+\]{1,2}[\t ]*(?:#.*)?$/m.test(text);
}
