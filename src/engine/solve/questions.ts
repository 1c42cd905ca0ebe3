/** Targets that are asked about and not built: `--call`, `--check`. */
import type { Target } from "../../plan/plan.ts";

export function isQuestion({ call = "" }: Target): boolean {
  const [method = ""] = call.split(",", 1);
  return method !== "" && method !== "build";
}
