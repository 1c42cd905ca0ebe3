/** What can be wrong with a Dockerfile: every code, what it means, and the diagnostic it makes. */
import type { Diagnostic, RelatedPlace } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";

/** One line of help for each code. */
export const dockerfileHelp = {
  "dockerfile/empty": "A Dockerfile has at least one instruction.",
  "dockerfile/no-stage": "A Dockerfile has at least one stage, and a stage begins with FROM.",
  "dockerfile/before-from": "Only ARG stands before the first FROM.",
  "dockerfile/unknown-instruction": "A line begins with one of the instructions of a Dockerfile.",
  "dockerfile/line-too-long": "A line has at most 65535 bytes.",
  "dockerfile/repeated-directive": "A directive is given once.",
  "dockerfile/invalid-escape": "The escape character is a backslash or a backtick.",
  "dockerfile/invalid-check": "`# check=` takes skip=, experimental= and error=, separated by semicolons.",
  "dockerfile/unterminated-heredoc": "A heredoc ends with a line that holds its name and nothing else.",
  "dockerfile/heredoc-destination": "A heredoc is something to copy, not a place to copy to.",
  "dockerfile/unknown-flag": "Each instruction has its own flags.",
  "dockerfile/repeated-flag": "The flag is given once.",
  "dockerfile/flag-without-value": "The flag takes a value, after an equals sign.",
  "dockerfile/flag-not-boolean": "The flag is true or false.",
  "dockerfile/ignored-flag": "The instruction has no flags and takes no notice of this one.",
  "dockerfile/missing-argument": "The instruction says nothing without an argument.",
  "dockerfile/missing-destination": "COPY and ADD name what is copied and, last, where to.",
  "dockerfile/array-not-strings": "The JSON form is an array of strings.",
  "dockerfile/not-json": "SHELL is written in JSON form.",
  "dockerfile/missing-equals": "After one `name=value` all others are written so.",
  "dockerfile/missing-value": "ENV and LABEL give a name a value.",
  "dockerfile/blank-name": "A variable or label has a name.",
  "dockerfile/empty-volume": "A volume has a path.",
  "dockerfile/from-arguments": "FROM takes one argument, or three: the base, AS, and the name of the stage.",
  "dockerfile/invalid-stage-name":
    "The name of a stage begins with a letter; letters, digits, `-`, `_` and `.` follow.",
  "dockerfile/onbuild-forbidden": "ONBUILD, FROM and MAINTAINER cannot be triggers.",
  "dockerfile/broken-trigger": "The instruction after ONBUILD will fail in each build that starts from the image.",
  "dockerfile/invalid-healthcheck": "A health check is CMD with a command, or NONE with nothing.",
  "dockerfile/invalid-duration": "A duration has units, as in 1m30s, and is zero or at least a millisecond.",
  "dockerfile/invalid-retries": "The number of retries is a whole number, not below zero.",
  "dockerfile/invalid-network": "The network of a RUN is default, none or host.",
  "dockerfile/invalid-security": "The security of a RUN is sandbox or insecure.",
  "dockerfile/invalid-mount": "A mount is a list of key=value with commas between them.",
  "dockerfile/invalid-device": "A device is its name, and perhaps `required`.",
  "dockerfile/invalid-ignore-pattern": "A line of an ignore file is a pattern of paths.",
} as const;

export type DockerfileCode = keyof typeof dockerfileHelp;

/** What does not keep the file from being built. */
const warnings: ReadonlySet<DockerfileCode> = new Set(["dockerfile/ignored-flag", "dockerfile/broken-trigger"]);

export interface Extras {
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[];
}

export function problem(code: DockerfileCode, span: Span, message: string, extras: Extras = {}): Diagnostic {
  const { hint, related } = extras;
  const severity = warnings.has(code) ? "warning" : "error";
  return { code, severity, message, span, ...(hint !== undefined && { hint }), ...(related && { related }) };
}
