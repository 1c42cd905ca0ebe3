import { expect, test } from "vitest";
import { openEmbeddedFolder } from "./embedded-build.ts";

interface Case {
  readonly what: string;
  readonly dockerfile?: string;
  readonly attributes?: string;
  readonly code: string;
  readonly message: RegExp;
}

const impossible: readonly Case[] = [
  {
    what: "a policy",
    attributes: 'policy = ["filename=app.rego"]',
    code: "build/policy-unsupported",
    message: /under the policy app.rego/,
  },
  {
    what: "a device that is required",
    dockerfile: 'FROM scratch\nRUN --device=vendor.example/gpu=all,required ["/bin/true"]\n',
    code: "build/no-device",
    message: /no device "vendor.example\/gpu=all"/,
  },
  {
    what: "another frontend",
    dockerfile: "# syntax=example.com/other:1\nFROM scratch\n",
    code: "build/custom-frontend",
    message: /cannot run the frontend/,
  },
  {
    what: "a cache of a compression that caches cannot have",
    attributes: 'cache-to = ["type=local,dest=c,compression=estargz"]',
    code: "build/bad-attribute",
    message: /compression=estargz cannot be used/,
  },
  {
    what: "a generator that is no image",
    attributes: 'attest = ["type=sbom,generator=No Image"]',
    code: "build/bad-attribute",
    message: /the generator "No Image" is no image/,
  },
  ...(process.platform === "linux" && process.geteuid?.() === 0
    ? [
        {
          what: "a generator that cannot be had",
          attributes: 'attest = ["type=sbom,generator=127.0.0.1:1/generator"]\noutput = ["type=local,dest=out"]',
          code: "build/no-scanner",
          message: /SBOM generator 127\.0\.0\.1:1\/generator:latest cannot be had/,
        },
      ]
    : []),
];

test.each(impossible)("$what is refused before anything starts", async ({ dockerfile, attributes, code, message }) => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: dockerfile ?? "FROM scratch\n",
    "docker-bake.hcl": `group "default" { targets = ["fine", "odd"] }
      target "fine" {
        dockerfile-inline = "FROM scratch\\nCOPY docker-bake.hcl /\\n"
      }
      target "odd" {
        ${attributes ?? ""}
      }`,
  });
  const { result, events } = await folder.run();
  const outcome = [...result.outcomes].find(([id]) => id.startsWith("odd"))?.[1];
  expect(outcome).toMatchObject({ status: "failed", code, message: expect.stringMatching(message) });
  expect(outcome?.status === "failed" ? outcome.hint : undefined).toBeTruthy();
  expect(events.some(({ type }) => type === "step")).toBe(false);
});

test.each([
  ["a policy that is disabled", 'policy = ["disabled=true"]', "FROM scratch\n"],
  [
    "a device of a stage that is not built",
    "",
    'FROM scratch AS gpu\nRUN --device=v.example/gpu=all,required ["/x"]\nFROM scratch\n',
  ],
])("%s stands in nobody's way", async (_, attributes, dockerfile) => {
  await using folder = await openEmbeddedFolder();
  await folder.write({ Dockerfile: dockerfile, "docker-bake.hcl": `target "default" {\n${attributes}\n}\n` });
  expect((await folder.run()).outcomes["default#0"]).toMatch(/^(?:done|cached)$/);
});
