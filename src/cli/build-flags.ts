/** The flags of `tsbake build` and of the commands that read build files the same way. */
import type { Flag } from "./flag.ts";

const selection = "Build files";
const outputs = "Outputs";
const overrides = "Quick overrides (every selected target)";
const running = "Running";
const showing = "Showing";

/** Where definitions come from and how they are changed: shared by build, print, list, explain, check. */
export const definitionFlags: readonly Flag[] = [
  {
    name: "file",
    short: "f",
    kind: "list",
    placeholder: "FILE",
    group: selection,
    description: "Build file (- is standard input); may repeat, later files win",
  },
  {
    name: "var",
    kind: "list",
    placeholder: "NAME=VALUE",
    group: selection,
    description: "Set a variable of the build files",
  },
  {
    name: "env-file",
    kind: "list",
    placeholder: "FILE",
    group: selection,
    description: "Take variables of the build files from a file of NAME=value lines; the environment comes before it",
  },
  {
    name: "var-file",
    kind: "list",
    placeholder: "FILE",
    group: selection,
    description: "The same under a name that Node 20 does not take for its own",
  },
  {
    name: "set",
    kind: "list",
    placeholder: "TARGET.KEY=VALUE",
    group: selection,
    description: "Override an attribute: app.args.V=1, *.platform=linux/arm64, app.tags+=x",
  },
  {
    name: "debug",
    short: "D",
    kind: "switch",
    group: showing,
    description: "Show stack traces of what goes wrong inside tsbake",
  },
];

export const overrideFlags: readonly Flag[] = [
  {
    name: "push",
    kind: "switch",
    group: outputs,
    description: "Push the images (*.push=true)",
  },
  {
    name: "load",
    kind: "switch",
    group: outputs,
    description: "Load the images into the Docker engine (*.load=true)",
  },
  {
    name: "output",
    short: "o",
    kind: "list",
    placeholder: "SPEC",
    group: outputs,
    description: "Output of every target: type=oci,dest=out.tar, or a folder",
  },
  {
    name: "tag",
    short: "t",
    kind: "list",
    placeholder: "NAME",
    group: overrides,
    description: "Image name",
  },
  {
    name: "platform",
    kind: "list",
    placeholder: "PLATFORM",
    group: overrides,
    description: "Platform: linux/amd64,linux/arm64",
  },
  {
    name: "build-arg",
    kind: "list",
    placeholder: "NAME[=VALUE]",
    group: overrides,
    description: "Build argument; without a value the environment's",
  },
  {
    name: "target",
    kind: "text",
    placeholder: "STAGE",
    group: overrides,
    description: "Stage of the Dockerfile to build",
  },
  {
    name: "label",
    kind: "list",
    placeholder: "NAME=VALUE",
    group: overrides,
    description: "Label of the image",
  },
  {
    name: "annotation",
    kind: "list",
    placeholder: "[LEVEL:]NAME=VALUE",
    group: overrides,
    description: "Annotation of the image",
  },
  {
    name: "secret",
    kind: "list",
    placeholder: "SPEC",
    group: overrides,
    description: "Secret for the build: id=token,env=TOKEN",
  },
  {
    name: "ssh",
    kind: "list",
    placeholder: "SPEC",
    group: overrides,
    description: "SSH agent or keys for the build: default",
  },
  {
    name: "cache-from",
    kind: "list",
    placeholder: "SPEC",
    group: overrides,
    description: "Where to read cache from",
  },
  {
    name: "cache-to",
    kind: "list",
    placeholder: "SPEC",
    group: overrides,
    description: "Where to write cache to",
  },
  {
    name: "no-cache",
    kind: "switch",
    group: overrides,
    description: "Do not use the cache",
  },
  {
    name: "no-cache-filter",
    kind: "list",
    placeholder: "STAGE",
    group: overrides,
    description: "Do not use the cache for a stage",
  },
  {
    name: "pull",
    kind: "switch",
    group: overrides,
    description: "Always look for newer base images",
  },
  {
    name: "provenance",
    kind: "text",
    placeholder: "SPEC",
    group: overrides,
    description: "Provenance attestation: true, false, mode=max",
  },
  {
    name: "sbom",
    kind: "text",
    placeholder: "SPEC",
    group: overrides,
    description: "SBOM attestation: true, false, generator=IMAGE",
  },
];

export const builderFlag: Flag = {
  name: "builder",
  kind: "text",
  placeholder: "NAME|ADDRESS",
  group: running,
  description:
    "Where to build: a builder's name, embedded, or addresses with commas: unix:///run/buildkitd.sock, tcp://HOST:PORT",
};

/** The same for commands that build nothing. */
export const readingBuilderFlag: Flag = {
  ...builderFlag,
  group: selection,
  description: "Through which builder build files at a URL are read",
};

export const buildFlags: readonly Flag[] = [
  ...definitionFlags,
  ...overrideFlags,
  {
    name: "print",
    kind: "switch",
    group: showing,
    description: "Print the resolved definition as JSON and build nothing",
  },
  {
    name: "list",
    kind: "text",
    placeholder: "WHAT",
    group: showing,
    description: "List targets or variables: targets, variables, type=targets,format=json",
  },
  {
    name: "check",
    kind: "switch",
    group: showing,
    description: "Run the frontend's checks instead of building (--call=check)",
  },
  {
    name: "call",
    kind: "text",
    placeholder: "METHOD",
    group: showing,
    description: "Call a method of the frontend: build, check, outline, targets",
  },
  {
    name: "progress",
    kind: "text",
    choices: ["auto", "tty", "plain", "rawjson", "quiet", "none"],
    group: showing,
    placeholder: "KIND",
    description: "How progress is shown: auto, tty, plain, rawjson, quiet, none",
  },
  {
    name: "metadata-file",
    kind: "text",
    placeholder: "FILE",
    group: showing,
    description: "Write the results of the builds to a JSON file",
  },
  {
    name: "json",
    kind: "switch",
    group: showing,
    description: "Write the results of the builds to standard output as JSON",
  },
  builderFlag,
  {
    name: "jobs",
    short: "j",
    kind: "text",
    placeholder: "N",
    group: running,
    description: "How many builds run at once",
  },
  {
    name: "on-failure",
    kind: "text",
    choices: ["stop", "finish", "continue"],
    placeholder: "WHAT",
    group: running,
    description: "After a failed build: stop (cancel the rest), finish (those running), continue",
  },
  {
    name: "retries",
    kind: "text",
    placeholder: "N",
    group: running,
    description: "Try a build again when the failure is transient",
  },
  {
    name: "timeout",
    kind: "text",
    placeholder: "DURATION",
    group: running,
    description: "Give a build up after this long: 90s, 10m, 1h30m",
  },
  {
    name: "allow",
    kind: "list",
    placeholder: "ENTITLEMENT",
    group: running,
    description: "Grant a privilege: network.host, security.insecure, fs.write=PATH",
  },
  {
    name: "policy",
    kind: "list",
    placeholder: "SPEC",
    group: running,
    description: "Source policy",
    hidden: true,
  },
];

/** What changes nothing about what is printed. `print` takes it all the same, so that a `build` can be turned into one. */
const ofBuilding: ReadonlySet<string> = new Set([
  "print",
  "list",
  "progress",
  "metadata-file",
  "json",
  "jobs",
  "on-failure",
  "retries",
  "timeout",
  "allow",
]);

export const printFlags: readonly Flag[] = buildFlags.map((flag) => {
  if (flag.name === builderFlag.name) return readingBuilderFlag;
  return ofBuilding.has(flag.name) ? { ...flag, hidden: true } : flag;
});
