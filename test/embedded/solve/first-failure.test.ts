/** What fails first calls off what goes on beside it, and is told when that has ended. */
import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findBusybox, reasonToSkip } from "../run/workbench.ts";
import { openEmbeddedFolder } from "./embedded-build.ts";

const reason = reasonToSkip();

test.skipIf(reason !== undefined)(
  `a platform that fails ends the commands of the others${reason ? ` (${reason})` : ""}`,
  async () => {
    await using folder = await openEmbeddedFolder();
    mkdirSync(join(folder.path, "base/bin"), { recursive: true });
    copyFileSync(findBusybox() ?? "", join(folder.path, "base/bin/busybox"));
    await folder.write({
      Dockerfile: [
        "FROM --platform=$BUILDPLATFORM base",
        "ARG TARGETARCH",
        'RUN ["/bin/busybox", "sh", "-c", "if test $TARGETARCH = arm64; then busybox sleep 1; exit 7; fi; exec busybox sleep 600"]',
        "",
      ].join("\n"),
      "docker-bake.hcl": `
        target "base" { dockerfile-inline = "FROM scratch\\nCOPY base/ /" }
        target "default" {
          contexts = { base = "target:base" }
          platforms = ["linux/amd64", "linux/arm64"]
        }`,
    });
    const { outcomes } = await folder.run();
    expect(outcomes["default#0"]).toMatch(/^failed: build\/step-failed: .*exit code: 7/);
  },
);

test("a source that is not there ends the download of the others", async () => {
  let running = 0;
  let ended = 0;
  const server = createServer((request, response) => {
    if (request.url === "/missing") {
      response.statusCode = 404;
      setTimeout(() => response.end(), 300);
      return;
    }
    running++;
    response.once("close", () => ended++);
    response.write("never all of it");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  try {
    await using folder = await openEmbeddedFolder();
    await folder.write({
      Dockerfile: `FROM scratch\nADD ${url}/slow ${url}/missing /\n`,
      "docker-bake.hcl": 'target "default" {}',
    });
    const { outcomes } = await folder.run();
    expect(outcomes["default#0"]).toMatch(/^failed: .*404/);
    expect(running).toBe(1);
    await expect.poll(() => ended).toBe(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
