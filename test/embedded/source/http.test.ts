import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { sourcesOn, testFolder } from "./source-setting.ts";

const signal = new AbortController().signal;
const content = randomBytes(1 << 20);
const modified = "Mon, 15 Feb 2021 12:00:00 GMT";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

async function server(serve: Serve): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const found = createServer((request, response) => {
    asked.push(request);
    serve(request, response);
  });
  found.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => found.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    found.close();
  });
  const address = found.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, asked };
}

const giving =
  (headers: Record<string, string> = { "last-modified": modified, etag: '"one"' }): Serve =>
  (request, response) => {
    const { "if-none-match": tag, "if-modified-since": since } = request.headers;
    if ((tag !== undefined && tag === headers.etag) || (since !== undefined && since === headers["last-modified"])) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, { "content-length": content.length, ...headers }).end(content);
  };

describe("a file by address", () => {
  test("is fetched with its name and its time, once a run", async () => {
    const { url, asked } = await server(giving());
    const { sources } = await sourcesOn(await testFolder());
    const progress: number[] = [];
    const request = {
      url: `${url}/a/b%20c.tar?q=1`,
      onProgress: ({ current }: { current: number }) => progress.push(current),
    };
    const [file] = await Promise.all([sources.http(request, signal), sources.http(request, signal)]);
    const sha256 = createHash("sha256").update(content).digest("hex");
    expect(file).toMatchObject({ name: "b c.tar", seconds: Date.parse(modified) / 1000, size: content.length, sha256 });
    expect((await readFile(file.file)).equals(content)).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["/", "__unnamed__"],
    ["/x/", "x"],
    ["/a%2Fb", "b"],
    ["/..%2F..", "__unnamed__"],
    ["/%ff", "%ff"],
  ])("%s is called %s", async (path, name) => {
    const { url } = await server(giving({}));
    const { sources } = await sourcesOn(await testFolder());
    expect(await sources.http({ url: url + path }, signal)).toMatchObject({ name, seconds: 0 });
  });

  test.each<[string, Record<string, string>, number]>([
    ["its tag", { etag: '"one"' }, 304],
    ["its time", { "last-modified": modified }, 304],
    ["nothing", {}, 200],
  ])("is known again by %s", async (_, headers, status) => {
    const statuses: number[] = [];
    const { url } = await server((request, response) => {
      response.on("finish", () => statuses.push(response.statusCode));
      giving(headers)(request, response);
    });
    const folder = await testFolder();
    const first = await (await sourcesOn(folder)).sources.http({ url }, signal);
    const again = await (await sourcesOn(folder)).sources.http({ url }, signal);
    expect(again).toEqual(first);
    expect(statuses).toEqual([200, status]);
  });

  test("of which the checksum is known is not asked for again", async () => {
    const { url, asked } = await server(giving());
    const folder = await testFolder();
    const checksum = sha256Digest(content);
    await (await sourcesOn(folder)).sources.http({ url, checksum }, signal);
    await (await sourcesOn(folder)).sources.http({ url, checksum }, signal);
    expect(asked).toHaveLength(1);
  });

  test("is held against its checksum, whatever the algorithm, also when it has not changed", async () => {
    const { url } = await server(giving());
    const folder = await testFolder();
    const { sources } = await sourcesOn(folder);
    const sha512 = createHash("sha512").update(content).digest("hex");
    await sources.http({ url, checksum: `sha512:${sha512}` }, signal);
    for (const checksum of [`sha256:${"0".repeat(64)}`, `sha512:${"0".repeat(128)}`] as const) {
      await expect(sources.http({ url, checksum }, signal)).rejects.toMatchObject({ code: "engine/wrong-checksum" });
    }
  });

  test.each<[string, Record<string, string>]>([
    ["goes on where it broke off", { etag: '"one"' }],
    ["starts over where nothing says that it is the same", {}],
  ])("%s", async (_, headers) => {
    let cuts = 5;
    const { url, asked } = await server((request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? "0")?.[0]);
      const range = start === 0 ? {} : { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
      response.writeHead(start === 0 ? 200 : 206, { ...headers, ...range, "content-length": content.length - start });
      if (cuts-- > 0) response.write(content.subarray(start, start + 100_000), () => response.destroy());
      else response.end(content.subarray(start));
    });
    const { sources, clock } = await sourcesOn(await testFolder());
    const file = await sources.http({ url }, signal);
    expect((await readFile(file.file)).equals(content)).toBe(true);
    expect(asked.map((each) => each.headers.range !== undefined)).toContain("etag" in headers);
    expect(new Set(clock.slept)).toEqual(new Set([1000]));
  });

  test("is had from where it is, without the password for here", async () => {
    const target = await server(giving());
    const { url, asked } = await server((_, response) => {
      response.writeHead(302, { location: `${target.url}/y` }).end();
    });
    const { sources } = await sourcesOn(await testFolder());
    expect((await sources.http({ url: `${url.replace("//", "//ada:pw@")}/x.txt` }, signal)).name).toBe("x.txt");
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from("ada:pw").toString("base64")}`);
    expect(target.asked[0]?.headers.authorization).toBeUndefined();
  });

  test("is known again without its password or its query being kept", async () => {
    const { url, asked } = await server(giving());
    const folder = await testFolder();
    const { sources, store } = await sourcesOn(folder);
    const checksum = sha256Digest(content);
    const secret = { url: `${url.replace("//", "//ada:secret@")}/x?token=secret`, checksum };
    await sources.http(secret, signal);
    await (await sourcesOn(folder)).sources.http(secret, signal);
    expect(asked).toHaveLength(1);
    const kept = join(store.folder, "records", "http");
    const texts = readdirSync(kept).map((name) => readFileSync(join(kept, name), "utf8"));
    expect(texts).toEqual([expect.stringContaining(`"${url}/x"`)]);
    expect(texts.join()).not.toContain("secret");
  });

  test.each<[string, Serve, RegExp]>([
    ["missing", (_, response) => response.writeHead(404).end(), /the server answered 404/],
    [
      "going in circles",
      ({ url }, response) => response.writeHead(302, { location: `${url}x` }).end(),
      /more than 10 times/,
    ],
    ["on this disk", (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(), /kind file:/],
    ["broken for good", (_, response) => response.writeHead(503).end(), /the server answered 503/],
    ["unchanged from the start", (_, response) => response.writeHead(304).end(), /never asked before/],
  ])("that is %s is refused, without a trace", async (_, serve, message) => {
    const { url } = await server(serve);
    const folder = await testFolder();
    const { sources, store } = await sourcesOn(folder);
    const error = await sources
      .http({ url: `${url.replace("//", "//ada:secret@")}/x?token=secret` }, signal)
      .catch((e) => e);
    expect(error).toMatchObject({ code: "engine/fetch-failed", message: expect.stringMatching(message) });
    expect(error.message).not.toContain("secret");
    const left = readdirSync(store.folder, { recursive: true })
      .map(String)
      .filter((name) => /blobs.[^/]*.[0-9a-f]{64}$/.test(name));
    expect(left).toEqual([]);
    expect(join(folder)).toBe(folder);
  });

  test("is not waited for when the signal aborts", async () => {
    const controller = new AbortController();
    const { url } = await server((_, response) => {
      response.writeHead(200, { "content-length": 10 }).write("x");
      setTimeout(() => controller.abort(new Error("stop")), 20);
    });
    const { sources } = await sourcesOn(await testFolder());
    await expect(sources.http({ url }, controller.signal)).rejects.toThrow("stop");
  });

  test.each(["ftp://x/y", "x", "file:///etc/passwd"])("%s is no address", async (url) => {
    const { sources } = await sourcesOn(await testFolder());
    await expect(sources.http({ url }, signal)).rejects.toMatchObject({ code: "engine/bad-address" });
  });
});
