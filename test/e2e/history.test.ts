/** `tsbake history` against a daemon that keeps records. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { tsbake } from "./program.ts";

describeWithEngine("history", ({ dockerHost }) => {
  test("a build is listed, inspected, its log told, its provenance shown, and its record removed", async () => {
    await using folder = await createTempFolder();
    const call = { cwd: folder.path, dockerHost };
    const mark = `told-${process.pid}`;
    await writeFile(join(folder.path, "Dockerfile"), "FROM scratch\nARG MARK\nCOPY Dockerfile /\n");
    const flags = ["--build-arg", `MARK=${mark}`, "-o", "type=tar,dest=out.tar", "--metadata-file", "meta.json"];
    expect(await tsbake(["build", ...flags], call)).toMatchObject({ code: 0 });
    const metadata: unknown = JSON.parse(await readFile(join(folder.path, "meta.json"), "utf8"));
    const ref = /"buildx\.build\.ref":"([^"]+)"/.exec(JSON.stringify(metadata))?.[1] ?? "";
    const listed = await tsbake(["history", "ls", "--format", "json", "--filter", `ref=${ref.split("/")[2]}`], call);
    expect(JSON.parse(listed.stdout)).toMatchObject({ ref, status: "Completed" });
    const inspected = await tsbake(["history", "inspect", "--format", "json", ref], call);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ BuildArgs: [{ Name: "MARK", Value: mark }] });
    const provenance = await tsbake(["history", "inspect", "attachment", ref, "--type", "provenance"], call);
    expect(JSON.stringify(JSON.parse(provenance.stdout))).toContain(mark);
    const log = await tsbake(["history", "logs", ref], call);
    expect(log.stdout).toMatch(/^#\d+ \[build\] \[1\/1\] COPY Dockerfile \/\n#\d+ (DONE|CACHED)/m);
    expect(await tsbake(["history", "rm", ref], call)).toMatchObject({ code: 0, stderr: "" });
    const gone = await tsbake(["history", "logs", ref], call);
    expect(gone).toMatchObject({ code: 3, stdout: "" });
    expect(gone.stderr).toContain("[api/no-such-build]");
  });

  test("a build that failed shows the lines to blame", async () => {
    await using folder = await createTempFolder();
    const call = { cwd: folder.path, dockerHost };
    const missing = `missing-${process.pid}`;
    await writeFile(join(folder.path, "Dockerfile"), `FROM scratch\nCOPY ${missing} /\n`);
    expect(await tsbake(["build", "-o", "type=cacheonly"], call)).toMatchObject({ code: 1 });
    const failed = await tsbake(["history", "ls", "--format", "json", "--filter", "status=error"], call);
    const refs = failed.stdout
      .trim()
      .split("\n")
      .map((line) => /"ref":"([^"]+)"/.exec(line)?.[1] ?? "");
    const shown = await Promise.all(refs.slice(0, 5).map((ref) => tsbake(["history", "inspect", ref], call)));
    expect(shown.some(({ stdout }) => stdout.includes(`> 2 │ COPY ${missing} /`))).toBe(true);
  });
});
