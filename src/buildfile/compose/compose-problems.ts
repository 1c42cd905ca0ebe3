/** What can be wrong with compose files: every code, what it means, and the diagnostic it makes. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each error. */
export const composeErrorHelp = {
  "compose/syntax": "The file is not YAML.",
  "compose/duplicate-key": "A key stands once in a map.",
  "compose/key": "Keys are plain text.",
  "compose/alias": "An alias (*name) stands after the anchor (&name) it repeats, and not inside of it.",
  "compose/merge-key": "A merge key (<<) takes a map or a list of maps.",
  "compose/too-deep": "Lists and maps can be nested to a certain depth only.",
  "compose/too-large": "Aliases repeat more than any real file does.",
  "compose/not-compose": "A compose file is a map with services or secrets.",
  "compose/interpolation":
    "Variables are written $NAME or ${NAME}, with an optional :-default, :?message or :+replacement.",
  "compose/required-variable": "A variable written ${NAME:?message} must be set.",
  "compose/value-type": "A value has the wrong type.",
  "compose/unknown-key": "The build section has only the keys of the compose specification.",
  "compose/cannot-merge": "Only values of one kind can be laid over each other.",
  "compose/extends": "extends names a service, with an optional file.",
  "compose/extends-cycle": "Services that extend each other have no beginning.",
  "compose/include": "include lists compose files of this machine.",
  "compose/include-cycle": "Files that include each other have no end.",
  "compose/file-not-found": "A file that is named does not exist.",
  "compose/env-file": "Environment files are lines of NAME=value.",
  "compose/service-name": "The name of a service must make the name of a target.",
  "compose/service-incomplete": "A service has an image, a build section or both.",
  "compose/conflict": "Two keys of a build section exclude each other.",
  "compose/secret": "Secrets of builds are defined at the top, by a file or a variable of the environment.",
  "compose/context": "service:NAME as a context is a service that is built.",
  "compose/entry": "An entry of a list (cache, secret, output, …) cannot be read.",
} as const;

/** One line of help for each warning. */
export const composeWarningHelp = {
  "compose/unset-variable": "A variable without a value and without a default is empty.",
  "compose/number-text": "A number loses its spelling where text is wanted.",
  "compose/ignored-key": "A key that has no effect here.",
  "compose/nothing-to-build": "Only services with a build section become targets.",
} as const;

export type ComposeCode = keyof typeof composeErrorHelp | keyof typeof composeWarningHelp;

export interface ComposeExtras {
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[];
}

export function composeProblem(
  code: ComposeCode,
  span: Span | undefined,
  message: string,
  extras: ComposeExtras = {},
): Diagnostic {
  return {
    code,
    severity: code in composeErrorHelp ? "error" : "warning",
    message,
    ...(span && { span }),
    ...(extras.hint !== undefined && { hint: extras.hint }),
    ...(extras.related?.length && { related: extras.related }),
  };
}
