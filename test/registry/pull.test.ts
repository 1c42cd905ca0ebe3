import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { mediaTypes } from "../../src/oci/descriptor.ts";
import { sha256Digest } from "../../src/oci/digest.ts";
import { blobOf, clientOn, readAll } from "./client-setting.ts";
import { type FakeOptions, type FakeRegistry, fakeRegistry } from "./fake-registry.ts";

const signal = new AbortController().signal;

async function pulling(options: FakeOptions = {}) {
  const fake = await fakeRegistry(options);
  const setting = clientOn();
  return { fake, ...setting, repository: setting.client.repository({ registry: fake.host, repository: "team/app" }) };
}

function addManifest(fake: FakeRegistry, document: object, mediaType: string = mediaTypes.ociManifest) {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = sha256Digest(bytes);
  for (const key of ["team/app:v1", `team/app@${digest}`]) fake.manifests.set(key, { mediaType, bytes });
  return { digest, bytes };
}

const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] };

describe("a manifest", () => {
  test("is resolved by its head alone", async () => {
    const { fake, repository } = await pulling();
    const { digest, bytes } = addManifest(fake, manifest);
    expect(await repository.resolve("v1", signal)).toEqual({
      mediaType: mediaTypes.ociManifest,
      digest,
      size: bytes.length,
    });
    expect(fake.asked.filter(({ url }) => url.includes("manifests")).map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test("is read and verified, by tag and by digest", async () => {
    const { fake, repository } = await pulling();
    const { digest, bytes } = addManifest(fake, manifest);
    for (const reference of ["v1", digest]) {
      expect(await repository.manifest(reference, signal)).toEqual({
        descriptor: { mediaType: mediaTypes.ociManifest, digest, size: bytes.length },
        bytes,
      });
    }
  });

  test("whose head says nothing is read whole", async () => {
    const { fake, repository } = await pulling({
      meddle: ({ method, url = "" }, response) => {
        if (method !== "HEAD" || !url.includes("manifests")) return false;
        response.writeHead(405).end();
        return true;
      },
    });
    const { digest } = addManifest(fake, manifest);
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
  });

  type Meddle = (request: IncomingMessage, response: ServerResponse) => void;
  const answer =
    (status: number, headers: Record<string, string | number>, body: string): Meddle =>
    (_, response) => {
      response.writeHead(status, headers).end(body);
    };
  const endless: Meddle = (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 20, " ")));
    };
    response.on("drain", more);
    more();
  };
  const away: Meddle = (request, response) => {
    response.writeHead(302, { location: `${request.url}x` }).end();
  };
  test.each<[string, Meddle, string, RegExp]>([
    ["of another digest", answer(200, {}, JSON.stringify(manifest)), "registry/wrong-digest", /something else/],
    [
      "that is a web page",
      answer(200, { "content-type": "text/html" }, "<html>"),
      "registry/not-a-registry",
      /web page/,
    ],
    ["without an end", endless, "registry/too-large", /larger than 8 MiB/],
    ["that says it is huge", answer(200, { "content-length": 1 << 30 }, ""), "registry/too-large", /8 MiB/],
    ["that is nowhere", away, "registry/bad-answer", /more than 10 times/],
    ["that is not for us", answer(403, {}, ""), "registry/denied", /does not let you have/],
    ["that is not there", answer(404, {}, '{"errors":[{"message":"no\\u001b[2J"}]}'), "registry/not-found", /: no$/],
    ["that points to a file", answer(302, { location: "file:///etc/passwd" }, ""), "registry/bad-answer", /no address/],
    ["refused with a page", answer(400, {}, "<html>secret</html>"), "registry/refused", /^[^<]*$/],
  ])("%s is refused", async (_, meddle, code, message) => {
    const { repository } = await pulling({
      meddle: (request, response) => {
        if (!request.url?.includes("manifests")) return false;
        meddle(request, response);
        return true;
      },
    });
    const error = await repository.manifest(`sha256:${"a".repeat(64)}`, signal).catch((thrown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/\w/) });
  });

  test("of a kind long gone is named", async () => {
    const { fake, repository } = await pulling();
    addManifest(fake, { schemaVersion: 1 }, "application/vnd.docker.distribution.manifest.v1+prettyjws");
    await expect(repository.manifest("v1", signal)).rejects.toMatchObject({ code: "registry/unsupported" });
  });
});

describe("a registry out of order", () => {
  test.each([
    ["is asked again after 1, 2, 4 and 8 seconds", 503, undefined, [1000, 2000, 4000, 8000], "registry/server-failed"],
    ["says when to come back", 429, "7", [7000, 7000, 7000, 8000], "registry/rate-limited"],
    [
      "says a date to come back",
      503,
      new Date(1_700_000_005_000).toUTCString(),
      [5000, 2000, 4000, 8000],
      "registry/server-failed",
    ],
    ["wants to be left alone for hours", 429, "7200", [], "registry/rate-limited"],
  ])("%s", async (_, status, retryAfter, slept, code) => {
    const { repository, clock } = await pulling({
      meddle: ({ url = "" }, response) => {
        if (!url.includes("manifests")) return false;
        response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
        return true;
      },
    });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({ code, retryable: true });
    expect(clock.slept).toEqual(slept);
  });

  test("that asks for quiet has it from all who ask", async () => {
    let refusals = 1;
    const { fake, repository, clock } = await pulling({
      meddle: ({ url = "" }, response) => {
        if (!url.includes("manifests") || refusals-- <= 0) return false;
        response.writeHead(429, { "retry-after": "30" }).end();
        return true;
      },
    });
    addManifest(fake, manifest);
    const times: number[] = [];
    const resolve = async (): Promise<void> => {
      await repository.resolve("v1", signal);
      times.push(clock.now());
    };
    const first = resolve();
    while (clock.slept.length === 0) await new Promise((done) => setImmediate(done));
    await Promise.all([first, resolve(), resolve()]);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_700_000_030_000);
    expect(fake.asked.filter(({ url }) => url.includes("manifests"))).toHaveLength(4);
  });

  test("is forgiven when it comes back", async () => {
    let failures = 3;
    const { fake, repository, troubles } = await pulling({
      meddle: ({ url = "", socket }) => {
        if (!url.includes("manifests") || failures-- <= 0) return false;
        socket.destroy();
        return true;
      },
    });
    const { digest } = addManifest(fake, manifest);
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(troubles[0]).toMatch(/the connection broke; trying again in 1 s/);
  });

  test("is not waited for when the signal aborts", async () => {
    const controller = new AbortController();
    const { repository } = await pulling({
      meddle: () => {
        controller.abort(new Error("stop"));
        return true;
      },
    });
    await expect(repository.resolve("v1", controller.signal)).rejects.toThrow("stop");
  });

  test("that is not there at all is named, with what to do", async () => {
    const { client } = clientOn();
    const repository = client.repository({ registry: "127.0.0.1:1", repository: "a" });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({
      code: "registry/unreachable",
      message: expect.stringMatching(/cannot reach 127\.0\.0\.1:1: .*connection refused/),
    });
  });
});

describe("a blob", () => {
  const content = randomBytes(3 << 20);
  const descriptor = blobOf(content);

  test("is read from its start and from the middle", async () => {
    const { fake, repository } = await pulling();
    fake.blobs.set(descriptor.digest, content);
    expect((await readAll(repository.blob(descriptor, { signal }))).equals(content)).toBe(true);
    const rest = await readAll(repository.blob(descriptor, { signal, offset: 1_000_001 }));
    expect(rest.equals(content.subarray(1_000_001))).toBe(true);
    expect(await readAll(repository.blob(descriptor, { signal, offset: content.length }))).toHaveLength(0);
  });

  test.each([true, false])("that breaks off every 64 KiB is put together (ranges: %s)", async (ranges) => {
    let given = 0;
    const { fake, repository } = await pulling({
      meddle: ({ url = "", headers }, response) => {
        if (!url.includes("/blobs/")) return false;
        const start = ranges ? Number(/\d+/.exec(headers.range ?? "0")?.[0]) : 0;
        given = Math.max(start, ranges ? 0 : given) + (64 << 10);
        const range = start === 0 ? {} : { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
        response.writeHead(start === 0 ? 200 : 206, { "content-length": content.length - start, ...range });
        response.write(content.subarray(start, given), () => response.destroy());
        return true;
      },
    });
    expect((await readAll(repository.blob(descriptor, { signal }))).equals(content)).toBe(true);
    expect(fake.asked.length).toBeGreaterThan(40);
  });

  test("of which nothing more comes is given up in the end", async () => {
    const { repository, clock } = await pulling({
      meddle: ({ url = "", headers }, response) => {
        if (!url.includes("/blobs/")) return false;
        if (headers.range !== undefined) response.destroy();
        else {
          response.writeHead(200, { "content-length": content.length });
          response.write(content.subarray(0, 1000), () => response.destroy());
        }
        return true;
      },
    });
    await expect(readAll(repository.blob(descriptor, { signal }))).rejects.toMatchObject({
      code: "registry/unreachable",
    });
    expect(clock.slept).toEqual([1000, 2000, 4000, 8000]);
  });

  const damaged = Buffer.from(content);
  damaged[5] = (damaged[5] ?? 0) ^ 1;
  test.each<[string, number, Record<string, string | number>, Buffer, string]>([
    ["damaged", 200, {}, damaged, "registry/wrong-digest"],
    ["too long", 200, {}, Buffer.concat([content, content]), "registry/wrong-size"],
    ["said to be too long", 200, { "content-length": content.length + 1 }, content, "registry/wrong-size"],
    ["too short", 200, { "content-length": 10 }, content.subarray(0, 10), "registry/wrong-size"],
    ["a part nobody asked for", 206, { "content-range": "bytes 7-9/10" }, content, "registry/bad-answer"],
    [
      "a web page",
      200,
      { "content-type": "text/html", "content-length": 6 },
      Buffer.from("<html>"),
      "registry/not-a-registry",
    ],
  ])("that is %s is refused", async (_, status, headers, body, code) => {
    const { repository } = await pulling({
      meddle: ({ url = "" }, response) => {
        if (!url.includes("/blobs/")) return false;
        response.writeHead(status, headers).end(body);
        return true;
      },
    });
    await expect(readAll(repository.blob(descriptor, { signal }))).rejects.toMatchObject({ code });
  });

  test("is had from where the registry points to, without its credentials", async () => {
    const storage = await fakeRegistry({
      meddle: (_, response) => {
        response.writeHead(200, { "content-length": content.length }).end(content);
        return true;
      },
    });
    const fake = await fakeRegistry({
      meddle: ({ url = "", headers }, response) => {
        if (headers.authorization === undefined) response.writeHead(401, { "www-authenticate": "Basic" }).end();
        else if (url.includes("/blobs/")) response.writeHead(307, { location: `${storage.url}/x?signature=s` }).end();
        else return false;
        return true;
      },
    });
    const { client } = clientOn({ logins: { [fake.host]: "ada:pw" } });
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    expect((await readAll(repository.blob(descriptor, { signal }))).equals(content)).toBe(true);
    expect(fake.asked.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect(storage.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("that nobody reads on lets go of its connection", async () => {
    const { fake, repository } = await pulling();
    fake.blobs.set(descriptor.digest, content);
    for await (const chunk of repository.blob(descriptor, { signal })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    for (let i = 0; i < 6; i++) await readAll(repository.blob(descriptor, { signal }));
  });

  test("by a digest nobody knows how to verify is refused", async () => {
    const { repository } = await pulling();
    const unknown = { ...descriptor, digest: `md5:${"a".repeat(32)}` as const };
    await expect(readAll(repository.blob(unknown, { signal }))).rejects.toMatchObject({ code: "registry/unsupported" });
  });
});
