import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadRemoteEndpoint, parseRemoteUrl } from "../../../src/drivers/remote/endpoint.ts";

let folder: string;
const pem = "-----BEGIN CERTIFICATE-----\n";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-remote-"));
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) await writeFile(join(folder, name), pem);
  await writeFile(join(folder, "junk.pem"), "junk");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("endpoints", () => {
  test.each([
    [
      "unix:///run/buildkitd.sock",
      { address: { kind: "socket", path: "/run/buildkitd.sock" }, authority: "localhost" },
    ],
    ["tcp://b.example:1234", { address: { kind: "tcp", host: "b.example", port: 1234 }, authority: "b.example:1234" }],
    ["tcp://[::1]:1234", { address: { kind: "tcp", host: "::1", port: 1234 }, authority: "[::1]:1234" }],
  ])("%s is understood", (url, expected) => {
    expect(parseRemoteUrl(url)).toEqual({ url, ...expected });
  });

  test.each([
    [
      "ssh://me@b.example/run/b.sock",
      "ssh",
      "-l me -o ConnectTimeout=30 -T -- b.example buildctl --addr unix:///run/b.sock dial-stdio",
    ],
    ["docker-container://bk?context=far", "docker", "--context=far exec -i bk buildctl dial-stdio"],
    [
      "kube-pod://bk-0?namespace=ci&container=buildkitd",
      "kubectl",
      "--namespace=ci exec --container=buildkitd -i bk-0 -- buildctl dial-stdio",
    ],
  ])("%s runs %s", (url, program, line) => {
    expect(parseRemoteUrl(url).address).toEqual({ kind: "command", program, arguments: line.split(" ") });
  });

  test.each([
    ["unix://relative.sock", /absolute path/],
    ["http://b.example", /no scheme that is known/],
    ["b.example:1234", /no scheme that is known/],
    ["docker-container://", /no name/],
    ["docker-container://a?contxt=b", /parameter "contxt"/],
    ["tcp://user@b.example", /user/],
  ])("%s is refused", (url, message) => {
    expect(() => parseRemoteUrl(url)).toThrow(
      expect.objectContaining({ code: "drivers/bad-address", message: expect.stringMatching(message) }),
    );
  });
});

describe("options", () => {
  const options = (entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
    new Map(Object.entries(entries).map(([key, value]) => [key, value.replace(/^\.\//, `${folder}/`)]));

  test("certificates and the server's name are read", async () => {
    const given = options({ cacert: "./ca.pem", cert: "./cert.pem", key: "./key.pem", servername: "other" });
    const { address, authority } = await loadRemoteEndpoint("tcp://b.example:1", given);
    expect(authority).toBe("other");
    expect(address).toMatchObject({
      tls: { ca: Buffer.from(pem), cert: Buffer.from(pem), serverName: "other", protocol: "h2" },
    });
  });

  test.each([
    [{ cert: "./cert.pem", key: "./key.pem" }, "drivers/bad-certificate-options", /needs option cacert/],
    [{ cacert: "./ca.pem", cert: "./cert.pem" }, "drivers/bad-certificate-options", /come together/],
    [{ cacert: "ca.pem" }, "drivers/bad-certificate-options", /absolute path/],
    [{ cacert: "./none.pem" }, "drivers/certificate-unreadable", /none\.pem/],
    [{ cacert: "./junk.pem" }, "drivers/certificate-unreadable", /no PEM block/],
    [{ cacerts: "./ca.pem" }, "drivers/unknown-option", /no option "cacerts"/],
  ])("%o is refused", async (entries, code, message) => {
    await expect(loadRemoteEndpoint("tcp://b.example:1", options(entries))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("certificates are for tcp only", async () => {
    await expect(loadRemoteEndpoint("unix:///b.sock", options({ cacert: "./ca.pem" }))).rejects.toThrow(
      /tcp:\/\/ only/,
    );
  });
});
