import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { mediaTypes } from "../../src/oci/descriptor.ts";
import { sha256Digest } from "../../src/oci/digest.ts";
import { blobOf, clientOn, contentOf } from "./client-setting.ts";
import { type FakeOptions, fakeRegistry } from "./fake-registry.ts";

const signal = new AbortController().signal;
const content = randomBytes(3 << 20);
const descriptor = blobOf(content);

async function pushing(options: FakeOptions = {}) {
  const fake = await fakeRegistry(options);
  const setting = clientOn();
  const repository = setting.client.repository({ registry: fake.host, repository: "team/app" }, { push: true });
  return { fake, repository, ...setting };
}

describe("a blob", () => {
  test("is uploaded once", async () => {
    const { fake, repository } = await pushing();
    const seen: number[] = [];
    const options = { signal, onProgress: (bytes: number) => seen.push(bytes) };
    expect(await repository.pushBlob(descriptor, contentOf(content), options)).toBe("uploaded");
    expect(fake.blobs.get(descriptor.digest)?.equals(content)).toBe(true);
    expect(seen.at(-1)).toBe(content.length);
    expect(await repository.pushBlob(descriptor, contentOf(content), { signal })).toBe("exists");
    expect(await repository.hasBlob(descriptor.digest, signal)).toBe(true);
    expect(fake.received()).toBe(content.length);
  });

  test("is lent by the repository that has it", async () => {
    const { fake, repository } = await pushing();
    fake.blobs.set(descriptor.digest, content);
    const other = randomBytes(10);
    fake.blobs.set(sha256Digest(other), other);
    const { client } = clientOn();
    const asking = client.repository({ registry: fake.host, repository: "team/other" }, { push: true });
    expect(await asking.pushBlob(descriptor, contentOf(content), { signal })).toBe("exists");
    expect(fake.asked.every(({ method }) => method !== "POST")).toBe(true);
    expect(repository.repository).toBe("team/app");
  });

  test("that the registry keeps elsewhere is there", async () => {
    const { fake, repository } = await pushing({
      meddle: ({ method }, response) => {
        if (method !== "HEAD") return false;
        response.writeHead(307, { location: "http://127.0.0.1:1/signed-for-get" }).end();
        return true;
      },
    });
    expect(await repository.hasBlob(descriptor.digest, signal)).toBe(true);
    expect(fake.asked).toHaveLength(2);
  });

  test("is lent where the registry does not show it, after others were asked in vain", async () => {
    const { fake, repository } = await pushing({
      meddle: ({ method, url = "" }, response) => {
        if (method !== "HEAD" || !url.includes("/blobs/")) return false;
        response.writeHead(404).end();
        return true;
      },
    });
    fake.blobs.set(descriptor.digest, content);
    const options = { signal, mountFrom: ["team/app", "stranger", "lender"] };
    expect(await repository.pushBlob(descriptor, contentOf(content), options)).toBe("mounted");
    const asked = fake.asked.filter(({ method }) => method === "POST").map(({ url }) => new URL(url, fake.url));
    expect(asked.map(({ searchParams }) => searchParams.get("from"))).toEqual(["stranger", "lender"]);
    expect(fake.asked.filter(({ method }) => method === "DELETE")).toHaveLength(1);
  });

  test("is uploaded when nobody may lend it", async () => {
    const { fake, repository } = await pushing({
      meddle: ({ url = "" }, response) => {
        if (!url.includes("mount=")) return false;
        response.writeHead(403).end();
        return true;
      },
    });
    const options = { signal, mountFrom: ["stranger"] };
    expect(await repository.pushBlob(descriptor, contentOf(content), options)).toBe("uploaded");
    expect(fake.blobs.has(descriptor.digest)).toBe(true);
  });

  test("that breaks off every 64 KiB goes on from there", async () => {
    const { fake, repository } = await pushing({ cutAfterBytes: 64 << 10 });
    expect(await repository.pushBlob(descriptor, contentOf(content, 16 << 10), { signal })).toBe("uploaded");
    expect(fake.blobs.get(descriptor.digest)?.equals(content)).toBe(true);
    expect(fake.asked.filter(({ method }) => method === "PATCH").length).toBeGreaterThan(10);
  });

  test("starts over where the registry forgot how far it came", async () => {
    let cuts = 2;
    const { fake, repository } = await pushing({
      resumable: false,
      meddle: (request) => {
        if (request.method === "PUT" && cuts-- > 0) request.once("data", () => request.socket.destroy());
        return false;
      },
    });
    expect(await repository.pushBlob(descriptor, contentOf(content), { signal })).toBe("uploaded");
    expect(fake.asked.filter(({ method }) => method === "POST")).toHaveLength(3);
  });

  test("of which the last answer got lost is not sent again", async () => {
    let lost = false;
    const { fake, repository } = await pushing({
      meddle: (request, response) => {
        if (request.method !== "PUT" || lost) return false;
        lost = true;
        response.end = () => response.destroy();
        return false;
      },
    });
    expect(await repository.pushBlob(descriptor, contentOf(content), { signal })).toBe("uploaded");
    expect(fake.received()).toBe(content.length);
  });

  test("is sent in pieces where something between allows no large bodies", async () => {
    const most = 1 << 20;
    const { fake, repository } = await pushing({
      meddle: (request, response) => {
        if (Number(request.headers["content-length"] ?? 0) <= most) return false;
        response.writeHead(413, { connection: "close" }).end("<html>Request Entity Too Large</html>");
        return true;
      },
    });
    expect(await repository.pushBlob(descriptor, contentOf(content), { signal })).toBe("uploaded");
    expect(fake.blobs.get(descriptor.digest)?.equals(content)).toBe(true);
  });

  test("of which the registry took less than it was sent is sent on from there", async () => {
    let stolen = 0;
    const { fake, repository } = await pushing({
      cutAfterBytes: 64 << 10,
      meddle: async (request, response, fake) => {
        if (request.method !== "PATCH" || stolen > 0) return false;
        stolen = fake.received();
        await request.toArray();
        const location = new URL(request.url ?? "/", fake.url).href;
        response.writeHead(202, { location, range: `0-${stolen - 1}` }).end();
        return true;
      },
    });
    expect(await repository.pushBlob(descriptor, contentOf(content), { signal })).toBe("uploaded");
    expect(fake.blobs.get(descriptor.digest)?.equals(content)).toBe(true);
    expect(stolen).toBeGreaterThan(0);
  });

  test("that is refused from the first byte on is not sent to the end", async () => {
    let sent = 0;
    const { repository } = await pushing({
      meddle: ({ method }, response) => {
        if (method !== "PUT") return false;
        response.writeHead(403, { connection: "close" }).end('{"errors":[{"message":"quota"}]}');
        return true;
      },
    });
    const endless = 4 * 2 ** 30;
    const source = async function* () {
      const piece = Buffer.alloc(1 << 20);
      for (; sent < endless; sent += piece.length) yield piece;
    };
    const huge = { ...descriptor, size: endless };
    await expect(repository.pushBlob(huge, source, { signal })).rejects.toMatchObject({
      code: "registry/denied",
      message: expect.stringContaining("quota"),
    });
    expect(sent).toBeLessThan(endless / 8);
  });

  test("that changed meanwhile is refused, by us and by the registry", async () => {
    const { repository } = await pushing();
    const short = { ...descriptor, size: descriptor.size + 1 };
    await expect(repository.pushBlob(short, contentOf(content), { signal })).rejects.toMatchObject({
      code: "registry/content-changed",
    });
    const other = Buffer.from(content);
    other[0] = (other[0] ?? 0) ^ 1;
    await expect(repository.pushBlob(descriptor, contentOf(other), { signal })).rejects.toMatchObject({
      code: "registry/refused",
      message: expect.stringContaining("provided digest did not match"),
    });
  });

  test("that cannot be read is not the registry's fault", async () => {
    const { repository, clock } = await pushing();
    const broken = async function* () {
      yield content.subarray(0, 1000);
      throw new Error("the disk is on fire");
    };
    await expect(repository.pushBlob(descriptor, broken, { signal })).rejects.toThrow("the disk is on fire");
    expect(clock.slept).toEqual([]);
  });

  test("is not sent any further when the signal aborts", async () => {
    const controller = new AbortController();
    const { repository } = await pushing();
    const source = async function* () {
      yield content.subarray(0, 1000);
      controller.abort(new Error("stop"));
      yield content.subarray(1000);
    };
    await expect(repository.pushBlob(descriptor, source, { signal: controller.signal })).rejects.toThrow("stop");
  });
});

test("a manifest is pushed by tag and by digest, and asked again when the registry stumbles", async () => {
  let stumbles = 1;
  const { fake, repository, clock } = await pushing({
    meddle: ({ method }, response) => {
      if (method !== "PUT" || stumbles-- <= 0) return false;
      response.writeHead(502).end();
      return true;
    },
  });
  const bytes = Buffer.from('{"schemaVersion":2}');
  const digest = sha256Digest(bytes);
  const mediaType = mediaTypes.ociManifest;
  expect(await repository.pushManifest({ reference: "v1", mediaType, bytes }, signal)).toBe(digest);
  expect(await repository.pushManifest({ reference: digest, mediaType, bytes }, signal)).toBe(digest);
  expect(fake.manifests.get("team/app:v1")).toEqual({ mediaType, bytes });
  expect(clock.slept).toEqual([1000]);
});

test("at most four blobs are sent at once", async () => {
  let now = 0;
  let most = 0;
  const { repository } = await pushing({
    meddle: async (request) => {
      if (request.method !== "PUT") return false;
      now++;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 30));
      now--;
      return false;
    },
  });
  const blobs = Array.from({ length: 12 }, (_, i) => Buffer.concat([Buffer.from([i]), content.subarray(0, 200_000)]));
  await Promise.all(blobs.map((blob) => repository.pushBlob(blobOf(blob), contentOf(blob), { signal })));
  expect(most).toBe(4);
});
