import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkInputs } from "../../../src/execute/target/check-inputs.ts";
import { targetInputs } from "../../../src/execute/target/target-inputs.ts";
import type { Target } from "../../../src/plan/plan.ts";
import { targetNamed } from "../plans.ts";

async function check(file: string, policy: Target["policy"]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-inputs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, file), "FROM scratch\n");
  await writeFile(join(folder, `${file}.rego`), "package docker\n");
  const target = targetNamed("app", { policy });
  return checkInputs(target, targetInputs(target, new Map(), folder));
}

test.each(["Dockerfile", "dockerfile"])("a policy beside %s is not passed over", async (file) => {
  await expect(check(file, [])).rejects.toMatchObject({
    code: "build/policy-unsupported",
    message: `target "app" is under the policy ${file}.rego, to which tsbake cannot hold a build`,
  });
  await expect(check(file, [{ disabled: true, filenames: [] }])).resolves.toMatchObject({ dockerfileBytes: 13 });
  await expect(check(file, [{ reset: true, filenames: [] }])).resolves.toMatchObject({ dockerfileBytes: 13 });
});
