/** What the checks of a plan work with. */
import type { DiagnosticList, Severity } from "../../base/diagnostic.ts";
import type { Facts } from "../request.ts";

export interface CheckContext {
  readonly facts: Facts;
  /** False when the plan is only shown: what no more than a build would stumble over is then not looked for. */
  readonly building: boolean;
  /** For what a build would fail on and a reader of the plan does not mind. */
  readonly buildSeverity: Severity;
  readonly report: DiagnosticList;
}
