/** `tsbake build`: the main job. */
import { plan, privilegesMissing } from "../../api/plan.ts";
import { buildFlags } from "../build-flags.ts";
import { planOptionsOf } from "../build-options.ts";
import type { Command, Host } from "../command.ts";
import { accept, loadDefinition } from "../definition.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import type { ParsedFlags } from "../flag.ts";

export const buildCommand: Command = {
  usage: "[URL [URL]] [TARGET...]",
  description:
    "Builds targets and groups of the build files and writes their outputs; without a name, the one called default. Where there is no build\nfile but a Dockerfile, that Dockerfile is the target default. A URL before the names (a git repository, an archive, a build file) has the\nbuild files read there, through the builder; their relative contexts are folders there, and cwd://FOLDER is one of this machine.",
  flags: buildFlags,
  examples: [
    ["tsbake build", "the target or group default"],
    ["tsbake build -f docker-bake.hcl release", "release of a named file"],
    ["tsbake build --set '*.platform=linux/arm64' api", "with an override"],
    ["tsbake build -t me/app --load", "the Dockerfile here, into the Docker engine"],
    ["tsbake build --print release", "show it, build nothing"],
    ["tsbake build https://github.com/me/app.git#main release", "the build files of a repository, and its files"],
    ["tsbake build --check", "run the frontend's checks on the Dockerfiles, build nothing"],
  ],
  exitCodes: [
    "0 done, 1 a build failed, 2 the build file or the flags are wrong, 3 the environment is (no engine, no registry),",
    "4 some builds failed and some were published, 130 interrupted.",
  ].join("\n"),
  run: build,
};

async function build(flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const listing = flags.text("list");
  if (listing !== undefined) {
    const { list, parseListing } = await import("./list.ts");
    return list(parseListing(listing), flags, host);
  }
  if (flags.switch("print")) return (await import("./print.ts")).print(flags, host);
  const definition = await loadDefinition(flags, host);
  const options = planOptionsOf(flags, host, "build");
  const planned = definition && (await accept(plan(definition, options), host));
  if (!planned) return exitCode.wrongInput;
  const missing = privilegesMissing(planned, options);
  if (missing.length > 0 && !(await (await import("../ask-privileges.ts")).askPrivileges(missing, host))) {
    return exitCode.wrongInput;
  }
  // Nothing of what talks to nodes is loaded before the input is known to be right.
  return (await import("../run-builds.ts")).runBuilds(planned, flags, host);
}
