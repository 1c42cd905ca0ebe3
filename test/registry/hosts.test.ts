import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mediaTypes } from "../../src/oci/descriptor.ts";
import { sha256Digest } from "../../src/oci/digest.ts";
import { findEndpoints } from "../../src/registry/host/endpoint.ts";
import { type Certificates, createCertificates } from "../engine/certificates.ts";
import { blobOf, clientOn, contentOf, readAll } from "./client-setting.ts";
import { type FakeOptions, type FakeRegistry, fakeRegistry } from "./fake-registry.ts";
import { forwardProxy } from "./forward-proxy.ts";

const signal = new AbortController().signal;
const bytes = Buffer.from('{"schemaVersion":2,"layers":[]}');
const digest = sha256Digest(bytes);
const content = Buffer.from("the content of a blob");

let folder = "";
let certificates: Certificates;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-test-"));
  certificates = await createCertificates(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function stocked(options: FakeOptions = {}): Promise<FakeRegistry> {
  const fake = await fakeRegistry(options);
  for (const key of ["team/app:v1", `team/app@${digest}`])
    fake.manifests.set(key, { mediaType: mediaTypes.ociManifest, bytes });
  fake.blobs.set(sha256Digest(content), content);
  return fake;
}

const secure = (): FakeOptions => ({ tls: { cert: certificates.server.cert, key: certificates.server.key } });
const mutual = (): FakeOptions => ({
  tls: {
    cert: certificates.server.cert,
    key: certificates.server.key,
    ca: certificates.authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  },
});

test.each<[string, boolean, readonly string[]]>([
  ["docker.io", false, ["https://registry-1.docker.io/v2/"]],
  ["ghcr.io", false, ["https://ghcr.io/v2/"]],
  ["r.example:5000", true, ["https://r.example:5000/v2/", "http://r.example:5000/v2/"]],
  ["localhost", false, ["http://localhost/v2/", "https://localhost/v2/"]],
  ["127.0.0.1:5000", false, ["http://127.0.0.1:5000/v2/", "https://127.0.0.1:5000/v2/"]],
  ["[::1]:5000", false, ["http://[::1]:5000/v2/", "https://[::1]:5000/v2/"]],
])("%s (insecure: %s) is at %j", async (registry, insecure, roots) => {
  const { environment } = clientOn();
  const { origin, pull } = await findEndpoints(registry, environment, insecure);
  expect(origin.roots.map(({ url }) => url.href)).toEqual(roots);
  expect(origin.host).toBe(registry);
  expect(pull).toEqual([origin]);
});

describe("a registry with a certificate of its own", () => {
  test("is not trusted, and what to do is told", async () => {
    const fake = await stocked(secure());
    const { client } = clientOn();
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({
      code: "registry/unreachable",
      message: expect.stringContaining("certificate is not trusted"),
      hint: expect.stringContaining("certs.d"),
    });
  });

  test("is trusted by certs.d", async () => {
    const fake = await stocked(secure());
    const { client } = clientOn({ files: { [`certs.d/${fake.host}/ca.crt`]: certificates.authority.cert } });
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
  });

  test("is trusted where the machine trusts it", async () => {
    const fake = await stocked(secure());
    const { client } = clientOn({ variables: { SSL_CERT_FILE: certificates.authority.certFile } });
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    const all = await Promise.all([1, 2, 3].map(() => repository.resolve("v1", signal)));
    expect(all.map((each) => each.digest)).toEqual([digest, digest, digest]);
  });

  test("is shown ours", async () => {
    const fake = await stocked(mutual());
    const { authority, client: own } = certificates;
    const files = {
      [`certs.d/${fake.host}/ca.crt`]: authority.cert,
      [`certs.d/${fake.host}/client.cert`]: own.cert,
      [`certs.d/${fake.host}/client.key`]: own.key,
    };
    const { client } = clientOn({ files });
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
  });

  test("without the key to a certificate is named", async () => {
    const { client } = clientOn({ files: { "certs.d/r.example/client.cert": certificates.client.cert } });
    const repository = client.repository({ registry: "r.example", repository: "team/app" });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({
      code: "registry/bad-certificates",
      message: expect.stringContaining("client.key"),
    });
  });
});

describe("a registry that is said to be insecure", () => {
  test.each([true, false])("is reached with TLS: %s", async (tls) => {
    const fake = await stocked(tls ? secure() : {});
    const { client } = clientOn();
    const name = { registry: fake.host, repository: "team/app" };
    const repository = client.repository(name, { insecure: true, push: true });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(await repository.pushBlob(blobOf(bytes), contentOf(bytes), { signal })).toBe("uploaded");
  });
});

describe("a proxy", () => {
  test("is asked for what is elsewhere, over TLS and without", async () => {
    const fake = await stocked(secure());
    const proxy = await forwardProxy(fake.port);
    const { client } = clientOn({
      variables: { HTTPS_PROXY: proxy.url, NO_PROXY: "other.test" },
      files: { "certs.d/builder.test/ca.crt": certificates.authority.cert },
    });
    const repository = client.repository({ registry: "builder.test", repository: "team/app" }, { push: true });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(await repository.pushBlob(blobOf(bytes), contentOf(bytes), { signal })).toBe("uploaded");
    expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT builder.test:443"]));
    expect(proxy.asked.length).toBeLessThan(4);
  });

  test("for plain HTTP is told the whole address", async () => {
    const fake = await stocked();
    const proxy = await forwardProxy(fake.port);
    const { client } = clientOn({ variables: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } });
    const name = { registry: "plain.test:80", repository: "team/app" };
    const repository = client.repository(name, { insecure: true });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(proxy.asked).toContain("HEAD http://plain.test/v2/team/app/manifests/v1");
  });

  test("is the way to tokens too", async () => {
    const fake = await stocked({
      meddle: ({ url = "", headers }, response) => {
        if (url.includes("/token")) response.end('{"token":"t"}');
        else if (headers.authorization === undefined)
          response.writeHead(401, { "www-authenticate": 'Bearer realm="http://auth.test/token"' }).end();
        else return false;
        return true;
      },
    });
    const proxy = await forwardProxy(fake.port);
    const { client } = clientOn({ variables: { HTTP_PROXY: proxy.url } });
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(proxy.asked).toEqual(["GET http://auth.test/token?scope=repository%3Ateam%2Fapp%3Apull"]);
  });

  test("that wants a password is shown it, or named", async () => {
    const fake = await stocked(secure());
    const proxy = await forwardProxy(fake.port, `Basic ${Buffer.from("ada:p@w").toString("base64")}`);
    const files = { "certs.d/builder.test/ca.crt": certificates.authority.cert };
    const resolve = (url: string) =>
      clientOn({ variables: { HTTPS_PROXY: url }, files })
        .client.repository({ registry: "builder.test", repository: "team/app" })
        .resolve("v1", signal);
    expect((await resolve(proxy.url.replace("//", "//ada:p%40w@"))).digest).toBe(digest);
    await expect(resolve(proxy.url)).rejects.toMatchObject({
      code: "registry/unreachable",
      message: expect.stringMatching(/the proxy 127\.0\.0\.1:\d+ does not let us through \(status 407\)/),
    });
  });
});

describe("a mirror", () => {
  test("is asked first, told whom it stands for, and passed over when it has nothing", async () => {
    const mirror = await stocked();
    const empty = await fakeRegistry();
    const origin = await stocked();
    const { client, troubles } = clientOn({
      variables: {
        TSBAKE_REGISTRY_MIRRORS: `${origin.host}=${empty.url}, ${origin.host}=${mirror.url},https://hub.example`,
      },
    });
    const repository = client.repository({ registry: origin.host, repository: "team/app" });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(Buffer.from((await repository.manifest(digest, signal)).bytes).equals(bytes)).toBe(true);
    expect((await readAll(repository.blob(blobOf(content), { signal }))).equals(content)).toBe(true);
    expect(empty.asked[0]?.url).toBe(`/v2/team/app/manifests/v1?ns=${encodeURIComponent(origin.host)}`);
    expect(origin.asked).toEqual([]);
    expect(troubles.filter((text) => !text.includes("does not have"))).toEqual([]);
  });

  test("that breaks off in the middle is replaced by the registry itself", async () => {
    const mirror = await stocked({
      meddle: ({ url = "", headers }, response) => {
        if (!url.includes("/blobs/")) return false;
        if (headers.range !== undefined) response.writeHead(500).end();
        else {
          response.writeHead(200, { "content-length": content.length });
          response.write(content.subarray(0, 7), () => response.destroy());
        }
        return true;
      },
    });
    const origin = await stocked();
    const { client, troubles } = clientOn({ variables: { TSBAKE_REGISTRY_MIRRORS: `${origin.host}=${mirror.url}` } });
    const repository = client.repository({ registry: origin.host, repository: "team/app" });
    expect((await readAll(repository.blob(blobOf(content), { signal }))).equals(content)).toBe(true);
    expect(origin.asked.at(-1)?.headers.range).toBe("bytes=7-");
    expect(troubles.at(-1)).toMatch(/asking the next registry/);
  });

  test("is never pushed to", async () => {
    const mirror = await fakeRegistry();
    const origin = await fakeRegistry();
    const { client } = clientOn({ variables: { TSBAKE_REGISTRY_MIRRORS: `${origin.host}=${mirror.url}` } });
    const repository = client.repository({ registry: origin.host, repository: "team/app" }, { push: true });
    await repository.pushBlob(blobOf(content), contentOf(content), { signal });
    expect(mirror.asked).toEqual([]);
  });

  test("that is none is refused", async () => {
    const { client } = clientOn({ variables: { TSBAKE_REGISTRY_MIRRORS: "ftp://x" } });
    const repository = client.repository({ registry: "r.example", repository: "team/app" });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({ code: "registry/bad-mirrors" });
  });
});

describe("hosts.toml", () => {
  test("names mirrors with their paths, headers and certificates, and where the registry is", async () => {
    const mirror = await fakeRegistry({
      ...secure(),
      meddle: (request) => {
        request.url = request.url?.replace(/^\/mirror\/of\/it\//, "/v2/");
        return false;
      },
    });
    mirror.manifests.set(`team/app@${digest}`, { mediaType: mediaTypes.ociManifest, bytes });
    const origin = await stocked();
    const text = [
      `server = "${origin.url}"`,
      `[host."${mirror.url}/mirror/of/it"]`,
      `capabilities = ["pull"]`,
      `override_path = true`,
      `ca = "authority.pem"`,
      `[host."${mirror.url}/mirror/of/it".header]`,
      `x-team = ["a", "b"]`,
    ].join("\n");
    const { client } = clientOn({
      files: {
        "certs.d/far.example/hosts.toml": text,
        "certs.d/far.example/authority.pem": certificates.authority.cert,
      },
    });
    const repository = client.repository({ registry: "far.example", repository: "team/app" });
    expect((await repository.resolve("v1", signal)).digest).toBe(digest);
    expect(mirror.asked).toEqual([]);
    expect(Buffer.from((await repository.manifest(digest, signal)).bytes).equals(bytes)).toBe(true);
    expect(mirror.asked[0]?.headers["x-team"]).toBe("a, b");
    expect(origin.asked.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test.each(["server = ", '[host."ftp://x"]'])("with %s in it is refused", async (text) => {
    const { client } = clientOn({ files: { "certs.d/far.example/hosts.toml": text } });
    const repository = client.repository({ registry: "far.example", repository: "team/app" });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({
      code: "registry/bad-hosts-file",
      message: expect.stringContaining("hosts.toml"),
    });
  });
});
