/** Commands that are not there, told in the words of runc. */
import { statIn } from "./cell/rooted.ts";
import type { PreparedCommand } from "./runtime/command.ts";

export interface MissingCommand {
  readonly message: string;
  /** As shells count: 127 for what is not found, 126 for what cannot be run. */
  readonly exitCode: number;
  readonly hint?: string;
}

const noShell =
  'the image has no shell: write RUN ["/program", "argument"], or do it in a stage that has one and COPY --from that';

/** Undefined when the command is there, or may be in something that is mounted. */
export function missingCommand(command: PreparedCommand): MissingCommand | undefined {
  const { request, variables, cell, base, mounts } = command;
  const [name = ""] = request.arguments;
  const root = cell.path(base);
  const absolute = (path: string): string => (path.startsWith("/") ? path : `${request.workingFolder}/${path}`);
  const mounted = (path: string): boolean => mounts.some(({ target }) => `${path}/`.startsWith(`${target}/`));
  if (name.includes("/")) {
    const path = absolute(name);
    if (mounted(path)) return undefined;
    const stats = statIn(root, path);
    if (stats === undefined) {
      const message = `exec: ${JSON.stringify(name)}: stat ${name}: no such file or directory`;
      return { message, exitCode: 127, ...(name === "/bin/sh" ? { hint: noShell } : {}) };
    }
    if (stats.isFile() && (stats.mode & 0o111) !== 0) return undefined;
    return {
      message: `exec: ${JSON.stringify(name)}: ${stats.isDirectory() ? "is a directory" : "permission denied"}`,
      exitCode: 126,
    };
  }
  const paths = (variables.get("PATH") ?? "").split(":").map((folder) => `${absolute(folder)}/${name}`);
  const found =
    name !== "" &&
    paths.some((path) => {
      const stats = mounted(path) ? undefined : statIn(root, path);
      return mounted(path) || (stats?.isFile() === true && (stats.mode & 0o111) !== 0);
    });
  return found
    ? undefined
    : { message: `exec: ${JSON.stringify(name)}: executable file not found in $PATH`, exitCode: 127 };
}
