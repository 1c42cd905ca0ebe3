import { expect, test } from "vitest";
import { imageUrl } from "../../src/oci/package-url.ts";
import { parseReference } from "../../src/oci/reference.ts";

const digest = `sha256:${"ab".repeat(32)}`;

/** As BuildKit writes them. */
test.each([
  ["docker", "alpine", "pkg:docker/alpine@latest?platform=linux%2Farm64"],
  ["docker", "docker.io/library/alpine:3", "pkg:docker/alpine@3?platform=linux%2Farm64"],
  ["docker", "docker.io/me/app:1", "pkg:docker/me/app@1?platform=linux%2Farm64"],
  ["docker", "127.0.0.1:5000/a/b:1.2", "pkg:docker/127.0.0.1:5000/a/b@1.2?platform=linux%2Farm64"],
  ["docker", `alpine@${digest}`, `pkg:docker/alpine?digest=${digest}&platform=linux%2Farm64`],
  ["docker", `alpine:3@${digest}`, `pkg:docker/alpine@3?digest=${digest}&platform=linux%2Farm64`],
  ["oci", `base@${digest}`, `pkg:oci/base?digest=${digest}&platform=linux%2Farm64`],
] as const)("the package URL (%s) of %s is %s", (type, name, url) => {
  const reference = parseReference(name);
  if (!reference.ok) throw new Error(reference.message);
  expect(imageUrl(type, reference.value, { os: "linux", architecture: "arm64" })).toBe(url);
});
