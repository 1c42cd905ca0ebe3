/** Policies in Rego: questions that a daemon would ask us during the build, and that nobody here answers. */
import type { Target } from "../../plan/plan.ts";
import { BuildFailure } from "../ports.ts";

/** Throws a BuildFailure when the target is under one: what it forbids must not be built because nobody looked at it. */
export function refusePolicies({ name, policy }: Target): void {
  const [first] = policy.filter(({ disabled }) => disabled !== true).flatMap(({ filenames }) => filenames);
  if (first !== undefined) throw policyRefusal(name, first);
}

/** True when a policy that lies beside the Dockerfile counts. */
export function heedsPolicyBeside({ policy }: Target): boolean {
  return !policy.some(({ disabled, reset }) => disabled === true || reset === true);
}

export function policyRefusal(target: string, filename: string): BuildFailure {
  return new BuildFailure(
    "build/policy-unsupported",
    `target ${JSON.stringify(target)} is under the policy ${filename}, to which tsbake cannot hold a build`,
    {
      hint: 'write its rules as a source policy (EXPERIMENTAL_BUILDKIT_SOURCE_POLICY), or take it away: policy = ["disabled=true"]',
    },
  );
}
