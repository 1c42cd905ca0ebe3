/** Reads values of a service in the types compose gives them. What does not fit is reported and left out. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { composeProblem } from "../compose-problems.ts";
import { type ComposeNode, describeNode, type MapEntry, scalarText } from "../node.ts";
import { pairsOf } from "./pairs.ts";

export interface PlacedText {
  readonly text: string;
  readonly span: Span;
}

export interface Pair {
  readonly key: string;
  /** undefined: a name without a value. */
  readonly value: string | undefined;
  readonly span: Span;
}

/** A value with the name it is shown under (`build.args`). */
export interface NamedValue {
  readonly name: string;
  readonly node: ComposeNode;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "yes", "y", "on"].map((word): [string, boolean] => [word, true]),
  ...["false", "no", "n", "off"].map((word): [string, boolean] => [word, false]),
]);

export class ValueReader {
  readonly report: DiagnosticList;

  constructor(report: DiagnosticList) {
    this.report = report;
  }

  text({ name, node }: NamedValue): PlacedText | undefined {
    if (node.kind === "text") return { text: node.text, span: node.span };
    const scalar = scalarText(node);
    this.#mismatch({ name, node }, "a text", scalar === undefined ? undefined : 'put it in quotes: "…"');
    return undefined;
  }

  /** A text, or what `scalarText` makes of a number or boolean. */
  anyScalar({ name, node }: NamedValue): PlacedText | undefined {
    const text = scalarText(node);
    if (text === undefined) this.#mismatch({ name, node }, "a text or a number");
    return text === undefined ? undefined : { text, span: node.span };
  }

  boolean({ name, node }: NamedValue): boolean | undefined {
    if (node.kind === "boolean") return node.value;
    const value = node.kind === "text" ? booleans.get(node.text.toLowerCase()) : undefined;
    if (value === undefined) this.#mismatch({ name, node }, "true or false");
    return value;
  }

  textList({ name, node }: NamedValue): readonly PlacedText[] {
    if (node.kind !== "list") {
      this.#mismatch(
        { name, node },
        "a list of texts",
        node.kind === "text" ? `write ${lastPart(name)}: [${JSON.stringify(node.text)}]` : undefined,
      );
      return [];
    }
    return present(node.items).flatMap((item, i) => this.text({ name: `${name}[${i}]`, node: item }) ?? []);
  }

  items({ name, node }: NamedValue): readonly ComposeNode[] {
    if (node.kind === "list") return present(node.items);
    this.#mismatch({ name, node }, "a list");
    return [];
  }

  entries({ name, node }: NamedValue): readonly (readonly [string, MapEntry])[] {
    if (node.kind === "map") return [...node.entries].filter(([, { value }]) => value.tag !== "reset");
    this.#mismatch({ name, node }, "a map");
    return [];
  }

  /** A map of texts, numbers and booleans, or a list of `name=value`. */
  pairs({ name, node }: NamedValue): readonly Pair[] {
    const map = pairsOf(node);
    if (map === undefined) {
      this.#mismatch({ name, node }, "a map, or a list of texts of the form name=value");
      return [];
    }
    return this.entries({ name, node: map }).flatMap(([key, { key: keySpan, value }]): readonly Pair[] => {
      if (value.kind === "null") return [{ key, value: undefined, span: keySpan }];
      const text = scalarText(value);
      if (text === undefined) {
        this.#mismatch({ name: `${name}.${key}`, node: value }, "a text, a number or a boolean");
        return [];
      }
      this.#warnOfSpelling(`${name}.${key}`, value, text);
      return [{ key, value: text, span: value.span }];
    });
  }

  /** A number is read before it is written again, which is not what the author of `1.50` expects. */
  #warnOfSpelling(name: string, { kind, span }: ComposeNode, text: string): void {
    const written = span.source.text.slice(span.start, span.end);
    if (kind !== "number" || written === text) return;
    const message = `${name} is the number ${written}, which becomes ${JSON.stringify(text)}`;
    this.report.add(
      composeProblem("compose/number-text", span, message, { hint: `to keep it as it is write "${written}"` }),
    );
  }

  #mismatch({ name, node }: NamedValue, expected: string, hint?: string): void {
    this.report.add(
      composeProblem("compose/value-type", node.span, `${name} must be ${expected}, but it is ${describeNode(node)}`, {
        hint,
      }),
    );
  }
}

function present(items: readonly ComposeNode[]): readonly ComposeNode[] {
  return items.filter(({ tag }) => tag !== "reset");
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
