import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import type { SolveResult, Waiting } from "../../src/execute/ports.ts";
import { lockName } from "../../src/execute/staging-name.ts";
import { layoutReceiver } from "../../src/exporters/layout-receiver.ts";
import { readReferences } from "../../src/oci/read-document.ts";
import { deliver } from "./receive.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** What a node answers that sent the blobs of an image. */
function answer(digit: string, names?: string): SolveResult {
  const descriptor = {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: digestOf(digit),
    size: 3,
    annotations: { "org.opencontainers.image.created": "2023-11-14T22:13:20Z" },
  };
  const text = Buffer.from(JSON.stringify(descriptor)).toString("base64");
  const response = new Map([["containerimage.descriptor", text]]);
  if (names !== undefined) response.set("image.name", names);
  return { response, cached: false };
}

async function receive(path: string, digit: string, names?: string, waiting?: Waiting): Promise<void> {
  const receiver = await layoutReceiver(path, "out");
  try {
    await deliver(receiver, { blobs: { sha256: { [digit.repeat(64)]: digit } } });
    await receiver.publish(answer(digit, names), waiting);
  } finally {
    await receiver.discard();
  }
}

async function listed(path: string): Promise<readonly string[]> {
  const index = await readFile(join(path, "index.json"), "utf8");
  return readReferences(index).map(
    ({ digest, annotations }) => `${digest.slice(7, 8)} ${annotations?.["io.containerd.image.name"] ?? "-"}`,
  );
}

test("blobs become a layout that lists the image under its names", async () => {
  const path = join(await temporaryFolder(), "out");
  await receive(path, "1", "docker.io/library/app:1,docker.io/library/app:2");
  expect((await readdir(path)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
  expect(await readFile(join(path, "oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
  expect(await listed(path)).toEqual(["1 docker.io/library/app:1", "1 docker.io/library/app:2"]);
});

test("images of other names stay, an image of the same name makes room", async () => {
  const path = join(await temporaryFolder(), "out");
  await receive(path, "1", "docker.io/library/app:1");
  await receive(path, "2", "docker.io/library/app:2");
  await receive(path, "3", "docker.io/library/app:1");
  await receive(path, "4");
  await receive(path, "4");
  expect(await listed(path)).toEqual(["2 docker.io/library/app:2", "3 docker.io/library/app:1", "4 -"]);
  expect(await readdir(join(path, "blobs/sha256"))).toHaveLength(4);
});

test("many at once are all listed", async () => {
  const path = join(await temporaryFolder(), "out");
  const digits = ["1", "2", "3", "4", "5", "6"];
  await Promise.all(digits.map((digit) => receive(path, digit, `docker.io/library/app:${digit}`)));
  expect((await listed(path)).toSorted()).toEqual(digits.map((digit) => `${digit} docker.io/library/app:${digit}`));
});

test("another process that writes into the folder is told of, and waited for until the build is interrupted", async () => {
  const path = join(await temporaryFolder(), "out");
  await symlink("1-1-abcdefabcdef-1", join(dirname(path), lockName("out")));
  const controller = new AbortController();
  const reason = new Error("interrupted");
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    now += 2000;
    return now;
  });
  const told: string[] = [];
  const onWait = (text: string): void => {
    told.push(text);
    controller.abort(reason);
  };
  try {
    await expect(receive(path, "1", undefined, { signal: controller.signal, onWait })).rejects.toBe(reason);
  } finally {
    clock.mockRestore();
  }
  expect(told).toEqual(['waiting for process 1 of another machine or container, which is writing "out" as well']);
  expect(await readdir(dirname(path))).toEqual([lockName("out")]);
});

test("a folder whose index is something else is left alone", async () => {
  const path = join(await temporaryFolder(), "out");
  await mkdir(path);
  await writeFile(join(path, "index.json"), '["mine"]');
  await expect(receive(path, "1")).rejects.toMatchObject({ code: "exporters/layout-unreadable" });
  expect(await readdir(path)).toEqual(["index.json"]);
});

test("a node that does not say what it sent has not sent it", async () => {
  const path = join(await temporaryFolder(), "out");
  const receiver = await layoutReceiver(path, "out");
  await deliver(receiver, { blobs: { sha256: {} } });
  await expect(receiver.publish({ response: new Map(), cached: false })).rejects.toMatchObject({
    code: "exporters/incomplete",
  });
  await receiver.discard();
  await expect(readdir(path)).rejects.toMatchObject({ code: "ENOENT" });
});
