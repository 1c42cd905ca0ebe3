import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CacheEntry } from "../../../src/buildfile/attributes/entries.ts";
import { cacheSurroundings } from "../../../src/buildkit/target/cache-credentials.ts";
import { cacheCall } from "../../../src/buildkit/target/cache-options.ts";
import { targetOf } from "../solve-request.ts";

let homeFolder = "";
beforeEach(async () => {
  homeFolder = await mkdtemp(join(tmpdir(), "tsbake-aws-"));
  await mkdir(join(homeFolder, ".aws"));
});
afterEach(() => rm(homeFolder, { recursive: true, force: true }));

interface Called {
  readonly attributes: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly secrets: readonly string[];
}

/** What a node is told of a cache. */
async function call(
  type: string,
  attributes: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<Called> {
  const entry: CacheEntry = { type, attributes: new Map(Object.entries(attributes)) };
  const { environment, warnings } = await cacheSurroundings([entry], { variables, homeFolder, platform: "linux" });
  const facts = { capabilities: new Set<string>(), environment, exportable: true };
  const { options, secrets } = cacheCall(targetOf({ cacheTo: [entry] }), facts);
  return { attributes: Object.fromEntries(options.Exports[0]?.Attrs ?? []), warnings, secrets };
}

const write = (name: string, text: string): Promise<void> => writeFile(join(homeFolder, ".aws", name), text);

describe("a cache on S3", () => {
  test("is opened by the keys of the environment, which are kept secret", async () => {
    const variables = {
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "session",
      AWS_REGION: "eu-central-1",
    };
    await write("credentials", "[default]\naws_access_key_id = other\n");
    const { attributes, secrets } = await call("s3", { bucket: "b" }, variables);
    expect(attributes).toEqual({
      bucket: "b",
      access_key_id: "id",
      secret_access_key: "secret",
      session_token: "session",
      region: "eu-central-1",
    });
    expect(secrets).toEqual(["secret", "session"]);
  });

  test("takes its keys and its region from the profile where the environment has none", async () => {
    await write(
      "credentials",
      "[default]\naws_access_key_id = no\n\n; work\n[work]\naws_access_key_id = id\naws_secret_access_key=se=cret\n",
    );
    await write("config", "[default]\nregion = us-east-1\n[profile work]\nregion = eu-west-1\ns3 =\n  region = no\n");
    const { attributes } = await call("s3", { bucket: "b" }, { AWS_PROFILE: "work" });
    expect(attributes).toEqual({
      bucket: "b",
      access_key_id: "id",
      secret_access_key: "se=cret",
      region: "eu-west-1",
    });
    expect((await call("s3", { bucket: "b" })).attributes).toEqual({ bucket: "b", region: "us-east-1" });
  });

  test("reads the files that the environment names", async () => {
    await write("mine", "[default]\naws_access_key_id = id\naws_secret_access_key = secret\n");
    const variables = { AWS_SHARED_CREDENTIALS_FILE: join(homeFolder, ".aws/mine") };
    expect((await call("s3", {}, variables)).attributes).toEqual({ access_key_id: "id", secret_access_key: "secret" });
  });

  test("keeps the keys it names itself, and is given no part of another pair", async () => {
    const variables = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y", AWS_SESSION_TOKEN: "z", AWS_REGION: "r" };
    const { attributes } = await call("s3", { access_key_id: "a", secret_access_key: "b" }, variables);
    expect(attributes).toEqual({ access_key_id: "a", secret_access_key: "b", region: "r" });
  });

  test("whose profile leads elsewhere is told of in a warning", async () => {
    await write("config", "[default]\nsso_session = work\n");
    const { warnings } = await call("s3", { bucket: "b" });
    expect(warnings).toEqual([expect.stringMatching(/sso_session.*aws configure export-credentials/)]);
  });
});

describe("a cache on Azure", () => {
  const url = "https://acc.blob.core.windows.net";
  test.each([
    [{ account_url: url }, { AZURE_STORAGE_ACCOUNT: "acc", AZURE_STORAGE_KEY: "key" }, { secret_access_key: "key" }],
    [{}, { AZURE_STORAGE_ACCOUNT: "acc", AZURE_STORAGE_KEY: "key" }, { account_url: url, secret_access_key: "key" }],
    [{ account_url: url }, { AZURE_STORAGE_ACCOUNT: "other", AZURE_STORAGE_KEY: "key" }, {}],
    [
      { account_url: url },
      { BUILDKIT_AZURE_STORAGE_SECRET_ACCESS_KEY: "own", BUILDKIT_AZURE_STORAGE_CONTAINER: "c" },
      { secret_access_key: "own", container: "c" },
    ],
    [{ account_url: url, secret_access_key: "mine" }, { AZURE_STORAGE_ACCOUNT: "acc", AZURE_STORAGE_KEY: "key" }, {}],
  ])("that says %j gets of %j what it lacks", async (attributes, variables, added) => {
    expect((await call("azblob", attributes, variables)).attributes).toEqual({ ...attributes, ...added });
  });
});
