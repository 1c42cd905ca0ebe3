/** Each attribute of a target through `docker buildx bake` and through `tsbake build`, on one engine: the images and what is said of them are compared. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { runBoth, type Sides } from "./side-by-side/both.ts";
import { mask, withoutMore } from "./side-by-side/mask.ts";
import type { Row } from "./side-by-side/row.ts";
import { createSetting, type Setting } from "./side-by-side/setting.ts";

const seed = "COPY seed.txt /";

const rows: readonly Row[] = [
  { name: "plain", lines: [seed, "RUN echo plain > /plain", 'CMD ["/bin/sh"]'] },
  {
    name: "args",
    lines: ["ARG A", "ARG B=b", "ARG C=c", 'RUN echo "$A $B $C" > /args'],
    target: ['args = { A = "given", B = "", C = null }'],
    fresh: true,
  },
  { name: "no-args", lines: ["ARG A=default", 'RUN echo "$A" > /args'], target: ["args = { A = null }"] },
  {
    name: "args-from-environment",
    lines: ["ARG FROM_ENV=default", 'RUN echo "$FROM_ENV" > /args'],
    target: ["args = { FROM_ENV = null }"],
    fresh: true,
  },
  {
    name: "proxy",
    lines: ['RUN echo "$HTTP_PROXY $http_proxy $no_proxy" > /proxy'],
    target: ['args = { HTTP_PROXY = "http://127.0.0.1:1" }'],
    fresh: true,
  },
  {
    name: "epoch",
    lines: [seed, "RUN echo a > /a"],
    target: ['args = { SOURCE_DATE_EPOCH = "1700000000" }'],
    fresh: true,
  },
  {
    name: "epoch-rewritten",
    lines: [seed, "RUN echo b > /a"],
    target: [
      'args = { SOURCE_DATE_EPOCH = "1700000000" }',
      'output = ["type=oci,dest=out/epoch-rewritten.tar,rewrite-timestamp=true"]',
    ],
    fresh: true,
  },
  {
    name: "labels",
    lines: [seed],
    target: ['labels = { "org.example.a" = "1", "org.example.b" = "two words", "org.example.c" = null }'],
  },
  {
    name: "annotations",
    lines: [seed],
    target: [
      'annotations = ["org.example.plain=1", "manifest:org.example.m=1", "manifest-descriptor:org.example.md=1"]',
    ],
  },
  {
    name: "annotations-of-indexes",
    lines: [seed],
    target: [
      'platforms = ["linux/amd64", "linux/arm64"]',
      'annotations = ["index:org.example.i=1", "index-descriptor:org.example.id=1", "manifest,index:org.example.both=1"]',
    ],
  },
  {
    name: "annotations-by-platform",
    lines: [seed],
    target: [
      'platforms = ["linux/amd64", "linux/arm64"]',
      'annotations = ["manifest[linux/arm64]:org.example.arm=1", "manifest-descriptor[linux/amd64]:org.example.amd=1"]',
    ],
  },
  {
    name: "stage",
    lines: ["COPY seed.txt /one", "FROM base AS other", "COPY seed.txt /two"],
    target: ['target = "result"'],
  },
  { name: "platform", lines: ["ARG TARGETARCH", seed], target: ['platforms = ["linux/arm64"]'] },
  {
    name: "platforms",
    lines: ["ARG TARGETPLATFORM", seed, "ENV ON=$TARGETPLATFORM"],
    target: ['platforms = ["linux/amd64", "linux/arm64/v8", "linux/arm/v7"]'],
  },
  { name: "pull", lines: [seed], target: ["pull = true"] },
  {
    name: "no-cache-filter",
    lines: [
      "COPY seed.txt /kept",
      "FROM base AS renewed",
      "RUN cat /proc/sys/kernel/random/uuid > /uuid && sha256sum </uuid >/dev/null && echo x > /uuid",
      "COPY --from=result /kept /",
    ],
    target: ['no-cache-filter = ["renewed"]'],
  },
  { name: "network-none", lines: ["RUN ls /sys/class/net > /net"], target: ['network = "none"'], fresh: true },
  { name: "network-host", lines: ["RUN readlink /proc/self/ns/net > /net"], target: ['network = "host"'], fresh: true },
  {
    name: "extra-hosts",
    lines: ["RUN grep example /etc/hosts | sort > /seen-hosts"],
    target: ['extra-hosts = { "one.example" = "10.0.0.1", "six.example" = "::1" }'],
    fresh: true,
  },
  {
    name: "extra-hosts-gateway",
    lines: ["RUN grep example /etc/hosts | sort > /seen-hosts"],
    target: ['extra-hosts = { "gate.example" = "host-gateway" }'],
    fresh: true,
  },
  {
    name: "ulimits",
    lines: ["RUN ulimit -a > /limits"],
    target: ['ulimits = ["nofile=100:200", "nproc=500"]'],
    fresh: true,
  },
  { name: "shm-size", lines: ["RUN grep shm /proc/mounts > /shm"], target: ['shm-size = "32m"'], fresh: true },
  {
    name: "secrets",
    lines: [
      "RUN --mount=type=secret,id=env --mount=type=secret,id=file cat /run/secrets/env /run/secrets/file > /seen-secrets",
    ],
    target: ['secret = ["id=env,env=A_SECRET", "type=file,id=file,src=secret.txt"]'],
    fresh: true,
  },
  {
    name: "secret-as-variable",
    lines: ["RUN --mount=type=secret,id=A_SECRET,env=WORD echo $WORD > /seen-secrets"],
    target: ['secret = [{ type = "env", id = "A_SECRET" }]'],
    fresh: true,
  },
];

describeWithEngine("attributes of targets, side by side with buildx", { timeout: 180_000 }, (engine) => {
  let setting: Setting;
  let sides: Sides;

  beforeAll(async () => {
    setting = await createSetting(engine, { "secret.txt": "from a file\n" });
    sides = await runBoth({
      engine,
      folder: setting.folder,
      rows,
      env: { A_SECRET: "from the environment\n", FROM_ENV: "environment" },
    });
  }, 180_000);
  afterAll(() => setting[Symbol.asyncDispose]());

  test.each(rows)("$name: the same image", ({ name }) => {
    const [theirs, ours] = [sides.buildx.outputs[name], sides.tsbake.outputs[name]];
    expect(theirs).toBeDefined();
    expect(mask(ours)).toEqual(mask(theirs));
  });

  test.each(rows)("$name: the same metadata", ({ name }) => {
    const [theirs, ours] = [sides.buildx.metadata[name], sides.tsbake.metadata[name]];
    expect(theirs).toBeDefined();
    expect(mask(withoutMore(ours, theirs))).toEqual(mask(theirs));
  });
});
