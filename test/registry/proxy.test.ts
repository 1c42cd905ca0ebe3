import { describe, expect, test } from "vitest";
import { proxyAuthorization, proxyFor } from "../../src/registry/http/proxy.ts";

const proxied = (url: string, variables: Readonly<Record<string, string>>): string | undefined =>
  proxyFor(new URL(url), { variables, homeFolder: "/nowhere", platform: "linux" })?.href;

describe("the proxy of an address", () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ["https://ghcr.io/v2/", { HTTPS_PROXY: "http://proxy:3128" }, "http://proxy:3128/"],
    ["https://ghcr.io/v2/", { https_proxy: "proxy:3128" }, "http://proxy:3128/"],
    ["https://ghcr.io/v2/", { HTTP_PROXY: "http://proxy:3128" }, undefined],
    ["http://ghcr.io/v2/", { HTTP_PROXY: "https://proxy" }, "https://proxy/"],
    ["https://ghcr.io/v2/", { HTTPS_PROXY: "" }, undefined],
    ["https://localhost:5000/", { HTTPS_PROXY: "http://proxy" }, undefined],
    ["https://127.0.0.2:5000/", { HTTPS_PROXY: "http://proxy" }, undefined],
    ["https://[::1]:5000/", { HTTPS_PROXY: "http://proxy" }, undefined],
  ])("%s with %j is %s", (url, variables, proxy) => {
    expect(proxied(url, variables)).toBe(proxy);
  });

  test.each<[string, string, boolean]>([
    ["*", "https://ghcr.io/", true],
    ["ghcr.io", "https://ghcr.io/", true],
    ["GHCR.io", "https://ghcr.io/", true],
    ["io", "https://ghcr.io/", true],
    ["hcr.io", "https://ghcr.io/", false],
    [".ghcr.io", "https://ghcr.io/", false],
    [".ghcr.io", "https://a.ghcr.io/", true],
    ["*.ghcr.io", "https://a.ghcr.io/", true],
    ["ghcr.io:443", "https://ghcr.io/", true],
    ["ghcr.io:5000", "https://ghcr.io/", false],
    ["a.b, ghcr.io", "https://ghcr.io/", true],
    ["10.1.2.3", "https://10.1.2.3/", true],
    ["10.1.2.3:5000", "https://10.1.2.3:5000/", true],
    ["10.0.0.0/8", "https://10.1.2.3/", true],
    ["10.0.0.0/8", "https://11.1.2.3/", false],
    ["10.0.0.0/99", "https://10.1.2.3/", false],
    ["fd00::/8", "https://[fd00::1]/", true],
    ["fd00::1", "https://[fd00::1]/", true],
    ["10.0.0.0/8", "https://ghcr.io/", false],
    ["", "https://ghcr.io/", false],
  ])("NO_PROXY=%s leaves %s alone: %s", (exceptions, url, direct) => {
    const proxy = proxied(url, { HTTPS_PROXY: "http://proxy", NO_PROXY: exceptions });
    expect(proxy === undefined).toBe(direct);
  });

  test.each(["socks5://proxy", "http://", "http://a b"])("%s is refused", (proxy) => {
    expect(() => proxied("https://ghcr.io/", { HTTPS_PROXY: proxy })).toThrow(/proxy|proxies/);
  });

  test("shows a user and a password, decoded", () => {
    const value = `Basic ${Buffer.from("a b:p@w").toString("base64")}`;
    expect(proxyAuthorization(new URL("http://a%20b:p%40w@proxy"))).toBe(value);
    expect(proxyAuthorization(new URL("http://proxy"))).toBeUndefined();
  });
});
