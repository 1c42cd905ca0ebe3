import type { Entries } from "./entry.ts";

const app = 'target "default" {}\n';

export const planEntries: Entries = {
  "plan/target-not-found": {
    fix: "Correct the spelling; `tsbake list` shows what there is.",
    example: app,
    circumstances: { targets: ["ap"] },
  },
  "plan/nothing-matches": { fix: "Correct the pattern.", example: app, circumstances: { targets: ["x*"] } },
  "plan/group-cycle": {
    fix: "Take one of the groups out of another's targets.",
    example: 'group "default" {\n  targets = ["all"]\n}\ngroup "all" {\n  targets = ["default"]\n}\n',
  },
  "plan/parent-not-found": { fix: "Correct the spelling.", example: 'target "default" {\n  inherits = ["_base"]\n}\n' },
  "plan/inheritance-cycle": {
    fix: "Move what they share into a target of its own.",
    example: 'target "default" {\n  inherits = ["default"]\n}\n',
  },
  "plan/bad-override": { fix: "Write `TARGET.KEY=VALUE`.", example: app, circumstances: { set: ["default"] } },
  "plan/unknown-override-key": { fix: "Correct the spelling.", example: app, circumstances: { set: ["default.x=y"] } },
  "plan/bad-override-value": {
    fix: "Give a value of the attribute's type.",
    example: app,
    circumstances: { set: ["default.pull=maybe"] },
  },
  "plan/override-without-target": {
    fix: "Correct the name or the pattern.",
    example: app,
    circumstances: { set: ["app.pull=true"] },
  },
  "plan/undeclared-secret": {
    fix: "Declare the secret in the target.",
    example: app,
    circumstances: { set: ["default.secret.token=env=TOKEN"] },
  },
  "plan/link-not-found": {
    fix: "Correct the spelling.",
    example: 'target "default" {\n  contexts = { base = "target:bse" }\n}\n',
  },
  "plan/link-cycle": {
    fix: "Break the circle that the message shows.",
    example: 'target "default" {\n  contexts = { base = "target:default" }\n}\n',
  },
  "plan/link-platforms": {
    fix: "Give both the same platforms.",
    example:
      'target "base" {\n  platforms = ["linux/386", "linux/arm"]\n}\ntarget "default" {\n  platforms = ["linux/386", "linux/amd64"]\n  contexts  = { base = "target:base" }\n}\n',
  },
  "plan/standard-input": {
    fix: "Name a file or folder; what is piped in is a context by `--set TARGET.context=-`, a lone Dockerfile too.",
    example: 'target "default" {\n  dockerfile = "-"\n}\n',
  },
  "plan/unsupported-context": {
    fix: "Give it a name under `contexts`, and write `FROM` that name.",
    example: 'target "default" {\n  context = "docker-image://alpine"\n}\n',
  },
  "plan/context-not-found": {
    fix: "Correct the path; it starts from the working folder.",
    example: 'target "default" {\n  context = "src"\n}\n',
  },
  "plan/dockerfile-not-found": {
    fix: "Correct the path, which starts from the context, or write the Dockerfile into the build file with `dockerfile-inline`.",
    example: 'target "default" {\n  dockerfile = "docker/app.Dockerfile"\n}\n',
  },
  "plan/bad-platform": { fix: "Write os/architecture.", example: 'target "default" {\n  platforms = ["x"]\n}\n' },
  "plan/unknown-platform": {
    fix: "Correct the name. A platform that is right and not known is built all the same.",
    example: 'target "default" {\n  platforms = ["linux/amd46"]\n}\n',
  },
  "plan/bad-annotation": { fix: "Write `key=value`.", example: 'target "default" {\n  annotations = ["x"]\n}\n' },
  "plan/bad-ulimit": { fix: "Write `nofile=1024:2048`.", example: 'target "default" {\n  ulimits = ["x"]\n}\n' },
  "plan/bad-size": { fix: "Write `128m` or `2g`.", example: 'target "default" {\n  shm-size = "big"\n}\n' },
  "plan/bad-network": { fix: "Use one of the three.", example: 'target "default" {\n  network = "mine"\n}\n' },
  "plan/bad-extra-host": {
    fix: "Give the host an IP address, or `host-gateway`.",
    example: 'target "default" {\n  extra-hosts = { db = "example.test" }\n}\n',
  },
  "plan/bad-tag": {
    fix: "Write lower-case parts, and a tag of letters, digits, dots and dashes.",
    example: 'target "default" {\n  tags = ["-"]\n}\n',
  },
  "plan/secret-without-id": { fix: "Add `id=…`.", example: 'target "default" {\n  secret = ["env=TOKEN"]\n}\n' },
  "plan/secret-not-found": {
    fix: "Correct the path.",
    example: 'target "default" {\n  secret = ["id=token,src=token.txt"]\n}\n',
  },
  "plan/secret-too-large": {
    fix: "Send large files as a context.",
    example: 'target "default" {\n  secret = ["id=token,src=token.txt"]\n}\n',
    circumstances: { extra: { "token.txt": "x".repeat(600_000) } },
  },
  "plan/secret-variable-unset": {
    fix: "Set the variable.",
    example: 'target "default" {\n  secret = ["id=token,env=TOKEN"]\n}\n',
  },
  "plan/ssh-unavailable": {
    fix: "Start an agent, or name a key: `default=~/.ssh/id_ed25519`.",
    example: 'target "default" {\n  ssh = ["default"]\n}\n',
  },
  "plan/source-policy-unreadable": {
    fix: "Unset the variable, or correct the path.",
    example: app,
    circumstances: { environment: { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: "policy.json" } },
  },
  "plan/bad-destination": { fix: "Add `dest=FOLDER`.", example: 'target "default" {\n  output = ["type=local"]\n}\n' },
  "plan/standard-output": {
    fix: "Give all but one a `dest`.",
    example:
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  output = ["type=tar,dest=-"]\n}\ntarget "b" {\n  output = ["type=tar,dest=-"]\n}\n',
  },
  "plan/unknown-cache-type": { fix: "Correct the type.", example: 'target "default" {\n  cache-to = ["type=x"]\n}\n' },
  "plan/bad-cache-parameter": {
    fix: "Add what is missing.",
    example: 'target "default" {\n  cache-to = ["type=registry"]\n}\n',
  },
  "plan/unknown-attestation": { fix: "Correct the type.", example: 'target "default" {\n  attest = ["type=x"]\n}\n' },
  "plan/unknown-output-type": { fix: "Correct the type.", example: 'target "default" {\n  output = ["type=x"]\n}\n' },
  "plan/unknown-output-parameter": {
    fix: "Correct the spelling.",
    example: 'target "default" {\n  output = ["type=image,psuh=true"]\n}\n',
  },
  "plan/bad-output-parameter": {
    fix: "Correct the value.",
    example: 'target "default" {\n  output = ["type=image,push=maybe"]\n}\n',
  },
  "plan/several-platforms": {
    fix: "Write an archive of type oci, or load the image into an engine with a containerd image store.",
    example:
      'target "default" {\n  platforms = ["linux/amd64", "linux/arm64"]\n  output    = ["type=docker,dest=app.tar"]\n}\n',
  },
  "plan/push-without-tag": {
    fix: "Add tags to the target, or a name to the output.",
    example: 'target "default" {\n  output = ["type=registry"]\n}\n',
  },
  "plan/tagged-push-by-digest": {
    fix: "Take the tag off the name.",
    example: 'target "default" {\n  output = ["type=registry,name=example.test/app:1,push-by-digest=true"]\n}\n',
  },
  "plan/destination-collision": {
    fix: "Give each output a `dest` of its own.",
    example: 'target "default" {\n  output = ["type=tar,dest=out.tar", "type=oci,dest=./out.tar"]\n}\n',
  },
  "plan/tag-collision": {
    fix: "Give each target tags of its own.",
    example:
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  tags = ["app"]\n}\ntarget "b" {\n  tags = ["app:latest"]\n}\n',
  },
  "plan/cache-collision": {
    fix: "Give each target a cache of its own.",
    example:
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  cache-to = ["example.test/cache"]\n}\ntarget "b" {\n  cache-to = ["example.test/cache"]\n}\n',
  },
  "plan/bad-grant": {
    meaning: "An --allow is none of the privileges there are.",
    fix: "Allow `network.host`, `security.insecure`, `ssh`, `fs=PATH`, `fs.read=PATH` or `fs.write=PATH`.",
    example: app,
    circumstances: { allow: ["everything"] },
  },
  "plan/privileges-missing": {
    meaning: "A build would reach beyond the working folder, or do what builds usually may not, and nobody allowed it.",
    fix: "If you trust the build files, add the `--allow` flags that the message shows.",
    example: 'target "default" {\n  entitlements = ["security.insecure"]\n}\n',
  },
};
