import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { openSecondEngine, type SecondEngine } from "../engine/second-engine.ts";
import { createTempFolder, type TempFolder } from "../engine/temp-folder.ts";
import { tsbake } from "./program.ts";
import { inspectImage, runImage } from "./run-image.ts";

/** Docker 20.10 of Debian 12, whose BuildKit is of version 0.8: each thing works, or is refused in words that name it and a way out. */
interface Row {
  readonly what: string;
  /** Of the build file below. Default: `app`. */
  readonly target?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Refused with this; else it works. */
  readonly code?: string;
  /** What is said besides: a warning, or the words of a refusal. */
  readonly says?: RegExp;
  /** Known only when its frontend has read the Dockerfile: the refusal cannot name the node. */
  readonly late?: true;
  /** What has come of it. */
  readonly look?: (place: Place) => Promise<unknown>;
  readonly shows?: unknown;
}

interface Place {
  readonly folder: TempFolder;
  readonly engine: SecondEngine;
  readonly agent: Server;
}

const setOutput = (text: string): readonly string[] => ["--set", `*.output=${text}`];
const textOf =
  (...path: readonly string[]) =>
  ({ folder }: Place): Promise<string> =>
    readFile(join(folder.path, ...path), "utf8");

const rows: readonly Row[] = [
  { what: "an image", look: ({ engine }) => runImage(engine, "old-app:1"), shows: "hello\n" },
  { what: "--load", args: ["--load"], look: ({ engine }) => runImage(engine, "old-app:1"), shows: "hello\n" },
  { what: "no output", args: setOutput("type=cacheonly") },
  { what: "files", args: setOutput("type=local,dest=files"), look: textOf("files", "n"), shows: "hello\n" },
  { what: "files as an archive", args: setOutput("type=tar,dest=files.tar") },
  {
    what: "files in the place of others",
    args: ["--allow=buildx.local.delete", ...setOutput("type=local,dest=emptied,mode=delete")],
    look: ({ folder }) => readdir(join(folder.path, "emptied")),
    shows: expect.not.arrayContaining(["old"]),
  },
  {
    what: "files of two platforms",
    args: ["--set=*.platform=linux/amd64,linux/arm64", ...setOutput("type=local,dest=both")],
    target: "copy",
    look: ({ folder }) => readdir(join(folder.path, "both")),
    shows: ["linux_amd64", "linux_arm64"],
  },
  { what: "several outputs", target: "outputs", look: textOf("several", "n"), shows: "hello\n" },
  { what: "targets that share a context", target: "both" },
  { what: "an image of another platform", target: "copy", args: ["--set=*.platform=linux/arm64"] },
  { what: "secrets", target: "secret", look: textOf("secret", "o"), shows: "whisper" },
  { what: "an ssh agent", target: "ssh" },
  { what: "hosts", target: "hosts" },
  { what: "no network", args: ["--set=*.network=none"] },
  { what: "no-cache", args: ["--no-cache"] },
  { what: "no-cache-filter", args: ["--set=*.no-cache-filter=last"] },
  { what: "an inline cache", args: ["--set=*.cache-to=type=inline"] },
  { what: "a cache in a folder, to read", args: ["--set=*.cache-from=type=local,src=cache-of-another"] },
  {
    what: "a cache of a kind it does not know, to read",
    args: ["--set=*.cache-from=type=azblob,name=x"],
    says: /cache-from .*no cache of type azblob; it is left out/,
  },
  {
    what: "the time of an image",
    env: { SOURCE_DATE_EPOCH: "1" },
    says: /SOURCE_DATE_EPOCH of target "app": docker \(.*\) does not know it/,
  },
  {
    what: "metadata",
    args: ["--metadata-file=meta.json"],
    look: textOf("meta.json"),
    shows: expect.stringContaining("digest"),
  },
  {
    what: "a command that fails",
    target: "failing",
    code: "build/step-failed",
    late: true,
    says: /exit code: 3/,
  },

  { what: "pushing", args: setOutput("type=registry"), code: "exporters/push-needs-containerd" },
  {
    what: "an image by digest",
    args: ["--set=*.tags=old-app", ...setOutput("type=image,push=true,push-by-digest=true")],
    code: "exporters/push-needs-containerd",
  },
  { what: "an OCI archive", args: setOutput("type=oci,dest=o.tar"), code: "exporters/not-supported" },
  { what: "an OCI layout", args: setOutput("type=oci,tar=false,dest=o"), code: "exporters/not-supported" },
  { what: "a docker archive", args: setOutput("type=docker,dest=d.tar"), code: "exporters/not-supported" },
  { what: "zstd", args: setOutput("type=image,compression=zstd"), code: "exporters/store-cannot" },
  { what: "estargz", args: setOutput("type=image,compression=estargz"), code: "exporters/store-cannot" },
  { what: "OCI media types", args: setOutput("type=image,oci-mediatypes=true"), code: "exporters/store-cannot" },
  { what: "rewritten times", args: setOutput("type=image,rewrite-timestamp=true"), code: "exporters/store-cannot" },
  { what: "annotations", args: ["--set=*.annotations=a=b"], code: "exporters/store-cannot" },
  {
    what: "an image of two platforms",
    args: ["--set=*.platform=linux/amd64,linux/arm64"],
    code: "exporters/several-platforms",
  },
  { what: "joined platforms", args: setOutput("type=local,dest=j,platform-split=false"), code: "build/node-cannot" },
  { what: "provenance", args: ["--provenance=true"], code: "build/node-cannot" },
  { what: "an SBOM", args: ["--sbom=true"], code: "build/node-cannot" },
  { what: "a cache in a folder", args: ["--set=*.cache-to=type=local,dest=c"], code: "build/node-cannot" },
  { what: "a cache in a registry", args: ["--set=*.cache-to=type=registry,ref=r/c"], code: "build/node-cannot" },
  { what: "ulimits", args: ["--set=*.ulimits=nofile=10:10"], code: "build/node-cannot" },
  { what: "the size of /dev/shm", args: ["--set=*.shm-size=1m"], code: "build/node-cannot" },
  { what: "host-gateway", target: "gateway", code: "build/node-cannot" },
  { what: "a context in OCI layout", target: "layout", code: "build/node-cannot" },
  { what: "a source policy", env: { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: "policy.json" }, code: "build/node-cannot" },
  { what: "a context of another folder", target: "folder", code: "build/frontend-too-old", late: true },
  { what: "a context of an image", target: "image", code: "build/frontend-too-old", late: true },
  { what: "a link to a target", target: "link", code: "build/frontend-too-old", late: true },
  { what: "a here-document", target: "heredoc", code: "build/dockerfile-invalid", late: true },
  { what: "COPY --link", target: "copylink", code: "build/dockerfile-invalid", late: true },
  { what: "--call=outline", args: ["--call=outline"], code: "build/unknown-request", late: true },
];

/** What no message may have: the protocol's words. */
const protocol = /rpc error|UNIMPLEMENTED|Unimplemented|desc = /;

describeWithEngine("an old engine (Docker 20.10)", (found) => {
  let place: Place | undefined;
  let reason = "";

  beforeAll(async () => {
    const engine = await openSecondEngine({ cacheFolder: found.cacheFolder, version: "20.10" });
    if (engine.available) place = await layOut(found, engine);
    else reason = engine.reason;
  });

  afterAll(async () => {
    place?.agent.close();
    await place?.engine.close();
    await place?.folder[Symbol.asyncDispose]();
  });

  const call = (here: Place, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    tsbake(args, {
      cwd: here.folder.path,
      dockerHost: here.engine.dockerHost,
      env: {
        SSH_AUTH_SOCK: join(here.folder.path, "agent.sock"),
        TSBAKE_CACHE_DIR: join(here.folder.path, "own"),
        ...env,
      },
    });

  describe.each([
    ["does", rows.filter(({ code }) => code === undefined)],
    ["is not asked for, with a way out,", rows.filter(({ code }) => code !== undefined)],
  ] as const)("%s", (_, some) => {
    test.for(some)("$what", async ({ target = "app", args = [], env, code, says, late, look, shows }, { skip }) => {
      if (place === undefined) return skip(`Docker 20.10 cannot be had: ${reason}`);
      const allowed = ["--allow=fs=*", "--allow=ssh"];
      const built = await call(place, ["build", target, "--progress=rawjson", ...allowed, ...args], env);
      const { words, messages, codes, steps } = read(built.stderr);
      expect(words).not.toMatch(protocol);
      if (says !== undefined) expect(`${words}\n${messages.join("\n")}`).toMatch(says);
      if (code === undefined) expect([built.code, words]).toEqual([0, ""]);
      else {
        expect(built.code).toBeGreaterThan(0);
        expect(codes).toContain(code);
        if (code !== "build/step-failed") expect(words).toContain("  help: ");
        if (late !== true) {
          expect(words).toContain(place.engine.dockerHost);
          expect(steps, "nothing is sent").toBe(0);
        }
      }
      if (look !== undefined) expect(await look(place)).toEqual(shows);
    });
  });

  test("has no past builds to tell of", async ({ skip }) => {
    if (place === undefined) return skip(reason);
    const asked = await call(place, ["history", "ls"]);
    expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining("buildkit/no-history") });
    expect(asked.stderr).not.toMatch(protocol);
  });

  test("is given images by other builders", async ({ skip }) => {
    if (place === undefined) return skip(reason);
    const args = ["build", "copy", "--builder=embedded", "--allow=fs=*", "--set=*.output=type=docker"];
    for (const name of ["old-loaded:1", "old-loaded:2"]) {
      const loaded = await call(place, [...args, `--set=*.tags=${name}`, `--set=*.labels.name=${name}`]);
      expect(loaded, loaded.stderr).toMatchObject({ code: 0 });
      expect(await inspectImage(place.engine, name)).toMatchObject({ Config: { Labels: { name } } });
    }
  });
});

interface Told {
  /** What is said to people. */
  readonly words: string;
  readonly messages: readonly string[];
  readonly codes: readonly string[];
  /** How often the daemon told of steps. */
  readonly steps: number;
}

function read(stderr: string): Told {
  const lines = stderr.split("\n");
  const events = lines.filter((line) => line.startsWith("{"));
  const all = (form: RegExp): readonly string[] =>
    events.flatMap((line) => [...line.matchAll(form)].map(([, text = ""]) => text));
  return {
    words: lines.filter((line) => line !== "" && !line.startsWith("{")).join("\n"),
    messages: all(/"type":"message".*"text":("(?:[^"\\]|\\.)*")/g).map((text) => String(JSON.parse(text))),
    codes: all(/"code":"([^"]+)"/g),
    steps: events.filter((line) => line.includes('"vertexes"')).length,
  };
}

async function layOut(found: EngineFound, engine: SecondEngine): Promise<Place> {
  if (found.busyboxPath === undefined) throw new Error("the tests need busybox");
  const folder = await createTempFolder();
  const at = (name: string): string => join(folder.path, name);
  await copyFile(found.busyboxPath, at("busybox"));
  for (const name of ["other", "layout", "emptied", "cache-of-another"]) await mkdir(at(name));
  const files: Readonly<Record<string, string>> = {
    Dockerfile: dockerfile,
    "docker-bake.hcl": bakeFile,
    whisper: "whisper",
    "other/f": "f",
    "emptied/old": "old",
    "policy.json": '{"rules":[]}',
    ".dockerignore": "*.sock\nown\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text);
  const cached = ["build", "copy", "--builder=embedded", "--allow=fs=*", "--set=*.output=type=cacheonly"];
  const environment = { cwd: folder.path, env: { TSBAKE_CACHE_DIR: at("own") } };
  await tsbake([...cached, "--set=*.cache-to=type=local,dest=cache-of-another"], environment);
  await tsbake([...cached, "--set=*.output=type=oci,tar=false,dest=layout", "--set=*.tags=l:1"], environment);
  const agent = createServer((socket) => socket.destroy());
  agent.listen(at("agent.sock"));
  await once(agent, "listening");
  return { folder, engine, agent };
}

const dockerfile = `
FROM scratch AS first
COPY busybox /bin/busybox
COPY busybox /bin/sh
ENV SEED=${randomUUID()}
FROM first AS last
RUN echo hello > /n
CMD ["/bin/busybox", "cat", "/n"]
`;

const bakeFile = `
target "app"  { tags = ["old-app:1"] }
target "copy" { dockerfile-inline = "FROM scratch\\nCOPY other /other\\n" }
target "outputs" {
  tags   = ["old-several:1"]
  output = ["type=local,dest=several", "type=tar,dest=several.tar", "type=docker"]
}
group "both" { targets = ["one", "two"] }
target "one" { target = "first" }
target "two" { target = "last" }
target "secret" {
  secret = ["id=s,src=whisper"]
  output = ["type=local,dest=secret"]
  dockerfile-inline = <<E
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
RUN --mount=type=secret,id=s busybox cat /run/secrets/s > /o
E
}
target "ssh" {
  ssh = ["default"]
  dockerfile-inline = <<E
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
RUN --mount=type=ssh busybox test -S $SSH_AUTH_SOCK
E
}
target "hosts" {
  extra-hosts = { "one.example" = "10.1.2.3" }
  dockerfile-inline = <<E
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
RUN busybox grep "10.1.2.3.*one.example" /etc/hosts
E
}
target "failing" {
  dockerfile-inline = <<E
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
RUN exit 3
E
}
target "gateway" { extra-hosts = { "one.example" = "host-gateway" } }
target "layout" {
  contexts = { other = "oci-layout://layout:1" }
  dockerfile-inline = "FROM other\\n"
}
target "folder" {
  contexts = { other = "other" }
  dockerfile-inline = "FROM scratch\\nCOPY --from=other f /f\\n"
}
target "image" {
  contexts = { other = "docker-image://old-app:1" }
  dockerfile-inline = "FROM other\\n"
}
target "link" {
  contexts = { other = "target:copy" }
  dockerfile-inline = "FROM other\\n"
}
target "heredoc"  { dockerfile-inline = "FROM scratch\\nCOPY <<E /x\\nhi\\nE\\n" }
target "copylink" { dockerfile-inline = "FROM scratch\\nCOPY --link other /x\\n" }
`;
