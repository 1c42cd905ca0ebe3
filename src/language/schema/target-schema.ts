/** The attributes of a target, for editors: what each holds and what it is for. */
import { entryList, oneOf, orExpression, reference, type Schema } from "./schema.ts";

const text = reference("text");
const list = reference("list");

const outputs = entryList({
  properties: {
    type: oneOf("image", "registry", "docker", "oci", "local", "tar", "cacheonly"),
    dest: { ...text, description: "A file, a folder, or - for standard output." },
    tar: { ...text, description: "false writes a folder instead of an archive." },
    name: { ...text, description: "Image names, instead of the target's tags." },
    push: { ...text, description: "Whether the image is pushed to its registry." },
    compression: oneOf("gzip", "zstd", "estargz", "uncompressed"),
  },
  isTyped: true,
});

const caches = entryList({
  properties: {
    type: oneOf("registry", "local", "gha", "s3", "azblob", "inline"),
    ref: { ...text, description: "Image reference of a registry cache." },
    src: { ...text, description: "Folder of a local cache to read." },
    dest: { ...text, description: "Folder of a local cache to write." },
    mode: oneOf("min", "max"),
  },
  isTyped: true,
});

const secrets = entryList({
  properties: {
    id: { ...text, description: "What RUN --mount=type=secret,id=… asks for." },
    type: oneOf("file", "env"),
    src: { ...text, description: "The file that holds the secret." },
    env: { ...text, description: "The variable of the environment that holds the secret." },
  },
  isTyped: false,
});

const agents = entryList({
  properties: {
    id: { ...text, description: "What RUN --mount=type=ssh,id=… asks for; usually default." },
    paths: {
      anyOf: [{ type: "array" }, { $ref: "#/$defs/text" }],
      description: "Private keys, or the socket of an agent.",
    },
  },
  isTyped: false,
});

const attestations = entryList({
  properties: {
    type: oneOf("provenance", "sbom"),
    disabled: reference("text"),
    mode: oneOf("min", "max"),
    generator: { ...text, description: "Image that makes the SBOM." },
  },
  isTyped: true,
});

const policies = entryList({
  properties: { filename: text, reset: text, disabled: text, strict: text, "log-level": text },
  isTyped: false,
  onlyKeys: ["filename", "reset", "disabled", "strict", "log-level"],
});

const resources = orExpression({
  type: "object",
  properties: {
    memory: { ...text, description: "As in 512m or 2g." },
    "memory-swap": text,
    "cpu-shares": reference("number"),
    "cpu-period": reference("number"),
    "cpu-quota": reference("number"),
    "cpuset-cpus": { ...text, description: "As in 0-2,4." },
    "cpuset-mems": text,
  },
  additionalProperties: reference("text"),
});

const matrix = orExpression({
  type: "object",
  additionalProperties: { anyOf: [{ type: "array" }, { type: "string", pattern: "[$%]\\{" }] },
});

export interface TargetAttribute {
  readonly schema: Schema;
  /** For people. */
  readonly holds: string;
  readonly description: string;
}

/** Every attribute with its schema and one or two sentences for the reader of an editor's popup. */
const attributes: Readonly<Record<string, TargetAttribute>> = {
  inherits: {
    schema: list,
    holds: "list",
    description: "Targets whose attributes this one starts with; later ones win.",
  },
  description: { schema: text, holds: "text", description: "What the target is, shown by `tsbake list`." },
  context: {
    schema: text,
    holds: "text",
    description: "Folder, Git repository or archive the build reads. Default: the working folder.",
  },
  dockerfile: {
    schema: text,
    holds: "text",
    description: "Path of the Dockerfile, seen from the context. Default: Dockerfile.",
  },
  "dockerfile-inline": { schema: text, holds: "text", description: "The text of a Dockerfile, instead of a file." },
  target: { schema: text, holds: "text", description: "Stage of the Dockerfile to build. Default: the last one." },
  args: {
    schema: reference("map"),
    holds: "map",
    description: "Build arguments, for ARG in the Dockerfile. null leaves one out.",
  },
  labels: { schema: reference("map"), holds: "map", description: "Labels of the image." },
  annotations: {
    schema: list,
    holds: "list",
    description: "Annotations of the image, as in manifest:org.example.key=value.",
  },
  tags: { schema: list, holds: "list", description: "Names of the image." },
  platforms: { schema: list, holds: "list", description: "Platforms to build for, as in linux/amd64 and linux/arm64." },
  output: {
    schema: outputs,
    holds: "list of texts, objects",
    description: "What the result is written as. Each output is a build of its own; they share their cache.",
  },
  contexts: {
    schema: reference("strictMap"),
    holds: "map",
    description: "Further contexts by name: folders, docker-image://NAME, or target:NAME.",
  },
  secret: {
    schema: secrets,
    holds: "list of texts, objects",
    description: "Secrets the build may ask for, as in id=token,env=TOKEN.",
  },
  ssh: {
    schema: agents,
    holds: "list of texts, objects",
    description: "SSH agents or keys the build may use, as in default.",
  },
  "cache-from": {
    schema: caches,
    holds: "list of texts, objects",
    description: "Caches to read, as in type=registry,ref=example.test/cache.",
  },
  "cache-to": {
    schema: caches,
    holds: "list of texts, objects",
    description: "Caches to write, as in type=local,dest=cache.",
  },
  pull: {
    schema: reference("flag"),
    holds: "`true`, `false`",
    description: "Look for newer base images on every build.",
  },
  "no-cache": { schema: reference("flag"), holds: "`true`, `false`", description: "Do not use the cache." },
  "no-cache-filter": { schema: list, holds: "list", description: "Stages that do not use the cache." },
  network: { schema: oneOf("default", "none", "host"), holds: "text", description: "Network of RUN steps." },
  "extra-hosts": {
    schema: reference("map"),
    holds: "map",
    description: "Host names and their addresses, for /etc/hosts of RUN steps.",
  },
  "shm-size": { schema: text, holds: "text", description: "Size of /dev/shm in RUN steps, as in 128m." },
  ulimits: { schema: list, holds: "list", description: "Limits of RUN steps, as in nofile=1024:1024." },
  resources: { schema: resources, holds: "map", description: "Limits of processor and memory of RUN steps." },
  entitlements: {
    schema: list,
    holds: "list",
    description: "Privileges the build needs: network.host, security.insecure, device.",
  },
  attest: {
    schema: attestations,
    holds: "list of texts, objects",
    description: "Attestations to add to the image, as in type=provenance,mode=max.",
  },
  call: {
    schema: oneOf("build", "check", "outline", "targets"),
    holds: "text",
    description: "What the frontend does: build, or tell about the Dockerfile.",
  },
  policy: {
    schema: policies,
    holds: "list of texts, objects",
    description: "Policies in Rego; a build under one is refused.",
  },
  matrix: {
    schema: matrix,
    holds: "map of lists",
    description: "Axes and their values. The block stands for a target for each combination, and for their group.",
  },
  name: { schema: text, holds: "text", description: "Name of each target of the matrix, made from its axes." },
};

/** Names unknown here are ignored with a warning, so they are allowed. */
export const targetSchema: Schema = {
  type: "object",
  description: "A target: one build, or a family of builds with `matrix`.",
  properties: {
    "//": { description: "A comment." },
    ...Object.fromEntries(
      Object.entries(attributes).map(([name, { schema, description }]) => [name, described(schema, description)]),
    ),
  },
};

/** The attributes for people, in the order in which to tell of them. */
export function describeAttributes(): readonly (TargetAttribute & { readonly name: string })[] {
  return Object.entries(attributes).map(([name, attribute]) => ({ name, ...attribute }));
}

function described(schema: Schema, description: string): Schema {
  return typeof schema === "boolean" ? schema : { ...schema, description };
}
