import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HostEnvironment } from "../../src/base/host-environment.ts";
import { createCredentialStore, type RegistryCredentials } from "../../src/registry/credentials.ts";

const basic = (text: string): string => Buffer.from(text).toString("base64");
const ada = { kind: "password", username: "ada", password: "pass:word" };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tsbake-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A machine with a config.json and helper programs (shell scripts) in the path. */
function machine(
  config: string | object | undefined,
  helpers: Readonly<Record<string, string>> = {},
  variables: Readonly<Record<string, string>> = {},
): HostEnvironment {
  const path = folder();
  if (config !== undefined) {
    writeFileSync(join(path, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  }
  for (const [name, script] of Object.entries(helpers)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return {
    variables: { DOCKER_CONFIG: path, PATH: `${path}:/usr/bin:/bin`, ...variables },
    homeFolder: path,
    platform: "linux",
  };
}

const answering = (username: string, secret: string): string =>
  `cat >/dev/null; echo '${JSON.stringify({ ServerURL: "x", Username: username, Secret: secret })}'`;

describe("credentials", () => {
  test.each<[string, object, string, RegistryCredentials | object | undefined]>([
    ["of a host", { auths: { "ghcr.io": { auth: basic("ada:pass:word") } } }, "ghcr.io", ada],
    ["with NULs at the end", { auths: { "ghcr.io": { auth: basic("ada:pass:word\0\0") } } }, "ghcr.io", ada],
    ["as separate fields", { auths: { "ghcr.io": { username: "ada", password: "pass:word" } } }, "ghcr.io", ada],
    ["of a host with a port", { auths: { "r:5000": { auth: basic("ada:pass:word") } } }, "r:5000", ada],
    ["of an old address", { auths: { "https://r:5000/v1/": { auth: basic("ada:pass:word") } } }, "r:5000", ada],
    ["of another port", { auths: { "r:5001": { auth: basic("ada:pass:word") } } }, "r:5000", undefined],
    [
      "of Docker Hub",
      { auths: { "https://index.docker.io/v1/": { auth: basic("ada:pass:word") } } },
      "registry-1.docker.io",
      ada,
    ],
    [
      "of Docker Hub by its short name",
      { auths: { "docker.io": { auth: basic("ada:pass:word") } } },
      "registry-1.docker.io",
      ada,
    ],
    [
      "as an identity token",
      { auths: { r: { auth: basic("ada:"), identitytoken: "T" } } },
      "r",
      { kind: "identity-token", token: "T" },
    ],
    ["as a registry token", { auths: { r: { registrytoken: "T" } } }, "r", { kind: "registry-token", token: "T" }],
    ["of nobody", { auths: { r: {} } }, "r", undefined],
    ["without a config", {}, "r", undefined],
    ["of a strange shape", { auths: { r: 7, s: null }, credHelpers: [1], credsStore: 3 }, "r", undefined],
  ])("%s", async (_, config, host, expected) => {
    expect(await createCredentialStore(machine(config)).find(host)).toEqual(expected);
  });

  test("of the variable DOCKER_AUTH_CONFIG come first", async () => {
    const variable = JSON.stringify({ auths: { r: { auth: basic("ada:pass:word") } } });
    const config = { auths: { r: { auth: basic("bob:b") }, s: { auth: basic("bob:b") } } };
    const store = createCredentialStore(machine(config, {}, { DOCKER_AUTH_CONFIG: variable }));
    expect(await store.find("r")).toEqual(ada);
    expect(await store.find("s")).toMatchObject({ username: "bob" });
  });

  test("without a folder are none", async () => {
    const environment = machine(undefined);
    rmSync(environment.homeFolder, { recursive: true });
    expect(await createCredentialStore(environment).find("r")).toBeUndefined();
  });

  test.each([
    ["{", ""],
    ["[]", ""],
    ['"{password"', ""],
  ])("in a config that is damaged (%s) are an error that quotes none of it", async (config) => {
    const finding = createCredentialStore(machine(config)).find("r");
    await expect(finding).rejects.toMatchObject({
      code: "registry/bad-config",
      message: expect.not.stringMatching(/\{password/),
    });
    await expect(finding).rejects.toThrow("config.json");
  });
});

describe("a credential helper", () => {
  test("of the host goes before the one of all hosts, and that before the file", async () => {
    const config = { credsStore: "all", credHelpers: { r: "one" }, auths: { s: { auth: basic("file:f") } } };
    const helpers = { "docker-credential-one": answering("one", "1"), "docker-credential-all": answering("all", "2") };
    const store = createCredentialStore(machine(config, helpers));
    expect(await store.find("r")).toMatchObject({ username: "one" });
    expect(await store.find("s")).toMatchObject({ username: "all" });
  });

  test("is told the address", async () => {
    const environment = machine(
      { credsStore: "x" },
      { "docker-credential-x": 'cat >"$DOCKER_CONFIG/asked"; echo "$1" >>"$DOCKER_CONFIG/asked"; exit 1' },
    );
    await createCredentialStore(environment)
      .find("registry-1.docker.io")
      .catch(() => {});
    expect(readFileSync(join(environment.homeFolder, "asked"), "utf8")).toBe("https://index.docker.io/v1/get\n");
  });

  test("may answer with a token", async () => {
    const store = createCredentialStore(
      machine({ credsStore: "x" }, { "docker-credential-x": answering("<token>", "T") }),
    );
    expect(await store.find("r")).toEqual({ kind: "identity-token", token: "T" });
  });

  test("may know nothing", async () => {
    const script = "echo credentials not found in native keychain; exit 1";
    const store = createCredentialStore(machine({ credsStore: "x" }, { "docker-credential-x": script }));
    expect(await store.find("r")).toBeUndefined();
  });

  test.each([
    ["fails", "echo 'no \u001b[31mkeychain'; exit 2", /docker-credential-x failed: no keychain/],
    ["says nothing", "", /cannot be understood/],
    ["fails without a word", "exit 3", /status 3/],
    ["talks without end", "cat /dev/zero", /SIGKILL/],
  ])("that %s is an error", async (_, script, message) => {
    const store = createCredentialStore(machine({ credsStore: "x" }, { "docker-credential-x": script }));
    await expect(store.find("r")).rejects.toMatchObject({
      code: "registry/helper-failed",
      message: expect.stringMatching(message),
    });
  });

  test.each(["gone", "../evil", "a b"])("that cannot be run (%s) is an error", async (name) => {
    const finding = createCredentialStore(machine({ credsStore: name })).find("r");
    await expect(finding).rejects.toMatchObject({ code: "registry/helper-failed" });
  });

  test("that is installed is asked when nothing is configured", async () => {
    const helpers = { pass: "", "docker-credential-pass": answering("ada", "pass:word") };
    expect(await createCredentialStore(machine({}, helpers)).find("r")).toEqual(ada);
    expect(await createCredentialStore(machine({ auths: { s: {} } }, helpers)).find("r")).toBeUndefined();
  });

  test("runs alone, and once for many questions", async () => {
    const script = `mkdir "$DOCKER_CONFIG/running" || exit 9; sleep 0.1; rmdir "$DOCKER_CONFIG/running"; echo x >>"$DOCKER_CONFIG/runs"; ${answering("ada", "a")}`;
    const environment = machine({ credsStore: "x" }, { "docker-credential-x": script });
    const store = createCredentialStore(environment);
    const found = await Promise.all(["r", "s", "r", "s", "r"].map((host) => store.find(host)));
    expect(found.every((credentials) => credentials?.kind === "password")).toBe(true);
    expect(readFileSync(join(environment.homeFolder, "runs"), "utf8")).toBe("x\nx\n");
  });

  test("is ended when nobody waits for it any more, and asked anew for those who do", async () => {
    const script = `[ -e "$DOCKER_CONFIG/second" ] || { touch "$DOCKER_CONFIG/second"; exec sleep 60; }; ${answering("ada", "a")}`;
    const store = createCredentialStore(machine({ credsStore: "x" }, { "docker-credential-x": script }));
    const controller = new AbortController();
    const first = store.find("r", controller.signal);
    const second = store.find("r", new AbortController().signal);
    setTimeout(() => controller.abort(new Error("stop")), 200);
    await expect(first).rejects.toThrow("stop");
    expect(await second).toMatchObject({ username: "ada" });
  });
});

describe("the logins of podman and its kin", () => {
  const login = (text: string): string => JSON.stringify({ auths: { "quay.io": { auth: basic(text) } } });

  test("are used where docker has none", async () => {
    const path = folder();
    mkdirSync(join(path, "containers"));
    writeFileSync(join(path, "containers/auth.json"), login("usual:1"));
    writeFileSync(join(path, "named.json"), login("named:1"));
    const find = (config: object, variables: Readonly<Record<string, string>>) =>
      createCredentialStore(machine(config, {}, { XDG_RUNTIME_DIR: path, ...variables })).find("quay.io");
    expect(await find({}, {})).toMatchObject({ username: "usual" });
    expect(await find({}, { REGISTRY_AUTH_FILE: join(path, "named.json") })).toMatchObject({ username: "named" });
    expect(await find({ auths: { "quay.io": { auth: basic("docker:1") } } }, {})).toMatchObject({ username: "docker" });
    expect(await find({}, { REGISTRY_AUTH_FILE: join(path, "missing.json") })).toBeUndefined();
  });
});
