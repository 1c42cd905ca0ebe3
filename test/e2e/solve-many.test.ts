import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { build, dockerNode, folderWith } from "./solve-setting.ts";

describeWithEngine("many builds", (engine) => {
  test("at once are more than one connection takes, and all of them end", async () => {
    const folder = await folderWith({
      Dockerfile: `# ${randomUUID()}\nFROM scratch\nARG NUMBER\nCOPY Dockerfile /$NUMBER\n`,
    });
    const node = await dockerNode(engine);
    const requests = Array.from({ length: 200 }, (_, i) =>
      requestOf({ folder, target: { name: `t${i}`, args: new Map([["NUMBER", String(i)]]) } }),
    );
    node.share(requests);
    const built = await Promise.all(requests.map((request) => build(node, request)));
    expect(built.every(({ result }) => !result.cached)).toBe(true);
    expect(
      new Set(built.flatMap(({ steps }) => [...steps().keys()].filter((name) => name.includes("COPY")))).size,
    ).toBe(200);
  });
});
