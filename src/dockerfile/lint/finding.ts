/** Findings, and which of them are wanted. */
import type { Span } from "../../base/span.ts";
import { type CheckOptions, parseCheckOptions } from "./check-options.ts";
import { type RuleName, rules } from "./rules.ts";

export interface Finding {
  readonly rule: RuleName;
  readonly message: string;
  /** The whole instruction. */
  readonly span: Span;
}

export interface Place {
  readonly span: Span;
  /** Of the instruction: `check=skip=…` among them holds for it. */
  readonly comments?: readonly string[] | undefined;
}

export class Findings {
  readonly #options: CheckOptions;
  readonly #items: Finding[] = [];

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  get items(): readonly Finding[] {
    return this.#items;
  }

  add(rule: RuleName, { span, comments }: Place, message: string): void {
    const own = ownOptions(comments);
    const { experimental } = rules[rule];
    const asked = names(this.#options.experimental, rule) || (own !== undefined && names(own.experimental, rule));
    const skipped = names(this.#options.skip, rule) || (own !== undefined && names(own.skip, rule));
    if (experimental ? asked : !skipped) this.#items.push({ rule, span, message });
  }
}

function names(list: readonly string[] | "all", rule: RuleName): boolean {
  return list === "all" || list.includes(rule);
}

/** Of the first comment `check=…`. */
function ownOptions(comments: readonly string[] = []): CheckOptions | undefined {
  for (const comment of comments) {
    const [, value] = /^check\s*=\s*(\S+)/i.exec(comment) ?? [];
    if (value === undefined) continue;
    const options = parseCheckOptions(value);
    return options.ok ? options.value : undefined;
  }
  return undefined;
}
