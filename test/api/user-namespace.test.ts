import process from "node:process";
import { expect, test } from "vitest";
import { runInUserNamespace } from "../../src/api/user-namespace.ts";
import { findPrivilege } from "../../src/engine/run/privilege.ts";

test.skipIf(process.platform === "linux" && findPrivilege().kind === "none")(
  "where no namespace is needed, nothing is set in this process",
  async () => {
    await runInUserNamespace({ TSBAKE_TEST_VARIABLE: "inside" });
    expect(process.env.TSBAKE_TEST_VARIABLE).toBeUndefined();
  },
);
