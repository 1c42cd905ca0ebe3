import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { obstacleOf } from "../../../src/engine/run/obstacle.ts";
import { commandPlatforms } from "../../../src/engine/run/platforms.ts";
import { formatPlatform } from "../../../src/oci/platform.ts";

test("commands run for the machine, its relatives, and what the kernel has an emulator at hand for", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbake-binfmt-"));
  try {
    const text = (state: string, flags: string): string =>
      `${state}\ninterpreter /usr/bin/qemu\nflags: ${flags}\noffset 0\nmagic 7f\n`;
    writeFileSync(join(folder, "qemu-s390x"), text("enabled", "OCF"));
    writeFileSync(join(folder, "qemu-riscv64"), text("disabled", "F"));
    writeFileSync(join(folder, "qemu-ppc64le"), text("enabled", "OC"));
    writeFileSync(join(folder, "status"), "enabled\n");
    const names = commandPlatforms(folder).map(formatPlatform);
    expect(names[0]).toBe(`linux/${process.arch === "x64" ? "amd64" : process.arch}`);
    expect(names).toContain("linux/s390x");
    expect(names).not.toContain("linux/riscv64");
    expect(names).not.toContain("linux/ppc64le");
    expect(new Set(names).size).toBe(names.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a platform that nothing here runs is named, with a way out", () => {
  const platforms = [{ os: "linux", architecture: "amd64" }];
  expect(obstacleOf({ obstacle: undefined, platforms }, { os: "linux", architecture: "x86_64" })).toBeUndefined();
  expect(obstacleOf({ obstacle: undefined, platforms }, { os: "linux", architecture: "arm64" })).toEqual({
    message: "commands for linux/arm64 cannot be run on this machine, which runs linux/amd64",
    hint: expect.stringContaining("qemu-user-static"),
  });
  expect(obstacleOf({ obstacle: undefined, platforms }, { os: "windows", architecture: "amd64" })).toEqual({
    message: "commands for windows/amd64 cannot be run on this machine, which runs linux/amd64",
    hint: expect.stringMatching(/^commands are run for linux only/),
  });
});
