/** What a flag changes in targets, parsed. */
import type { SecretEntry } from "../../buildfile/attributes/entries.ts";
import type { Origin, TargetSettings } from "../../buildfile/definition.ts";
import type { AppendedKey, ReplacedKey } from "../../buildfile/settings-draft.ts";

export interface Override {
  /** The flag as given: `--set app.args.X=1`, `--push`. */
  readonly origin: Extract<Origin, { kind: "override" }>;
  /** Which targets: a name or a pattern over all of them, parents included, or only the selected ones. */
  readonly scope: { readonly pattern: string } | "selected";
  readonly effect: OverrideEffect;
}

export type OverrideEffect =
  /** Laid over the target's settings like one more block. */
  | { readonly kind: "merge"; readonly settings: TargetSettings }
  /** The list becomes what `settings` holds; more replacements of the same list of the same target add to it. */
  | { readonly kind: "replace"; readonly key: ReplacedKey | AppendedKey; readonly settings: TargetSettings }
  /** Added to lists that blocks replace. */
  | { readonly kind: "append"; readonly settings: TargetSettings }
  /** Another source for a secret that the target declares. */
  | { readonly kind: "secret"; readonly secret: SecretEntry }
  | { readonly kind: "push"; readonly on: boolean }
  | { readonly kind: "load"; readonly on: boolean };
