/** What the checks of a plan work with. */
import type { Diagnostic, DiagnosticList, Severity } from "../../base/diagnostic.ts";
import type { Parsed } from "../../base/parsed.ts";
import { enumerate } from "../../base/text.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Facts } from "../request.ts";

export interface CheckContext {
  readonly facts: Facts;
  /** False when the plan is only shown: what no more than a build would stumble over is then not looked for. */
  readonly building: boolean;
  /** For what a build would fail on and a reader of the plan does not mind. */
  readonly buildSeverity: Severity;
  /** Reads a platform; many targets name the same few. */
  readonly platform: (text: string) => Parsed<Platform>;
  readonly report: { readonly add: (diagnostic: Diagnostic) => void };
}

/** Reports what is wrong in an inherited attribute once, however many targets inherit it. */
export class InheritedProblems {
  /** The one that is checked. */
  target = "";
  readonly #found = new Map<string, { readonly diagnostic: Diagnostic; readonly targets: Set<string> }>();

  /** Diagnostics of one place that are alike but for the name of the target count as one. */
  add(diagnostic: Diagnostic): void {
    const { code, message, span } = diagnostic;
    const place = span === undefined ? [] : [span.source.name, span.start, span.end];
    const key = JSON.stringify([code, message.replaceAll(JSON.stringify(this.target), ""), ...place]);
    const known = this.#found.get(key);
    if (known === undefined) this.#found.set(key, { diagnostic, targets: new Set([this.target]) });
    else known.targets.add(this.target);
  }

  addTo(report: DiagnosticList): void {
    for (const { diagnostic, targets } of this.#found.values()) {
      const others = [...targets].slice(1).map((name) => JSON.stringify(name));
      const message = `${diagnostic.message} (the same for ${enumerate(others, 3)})`;
      report.add(others.length === 0 ? diagnostic : { ...diagnostic, message });
    }
  }
}
