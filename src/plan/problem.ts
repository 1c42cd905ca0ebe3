/** Everything that planning finds wrong, by code. */
import type { Diagnostic, RelatedPlace, Severity } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { Origin } from "../buildfile/definition.ts";

export type ProblemCode =
  | "target-not-found"
  | "nothing-matches"
  | "group-cycle"
  | "parent-not-found"
  | "inheritance-cycle"
  | "bad-override"
  | "unknown-override-key"
  | "bad-override-value"
  | "override-without-target"
  | "undeclared-secret"
  | "link-not-found"
  | "link-cycle"
  | "link-platforms"
  | "standard-input"
  | "unsupported-context"
  | "context-not-found"
  | "dockerfile-not-found"
  | "bad-platform"
  | "unknown-platform"
  | "bad-annotation"
  | "bad-ulimit"
  | "bad-size"
  | "bad-network"
  | "bad-extra-host"
  | "bad-tag"
  | "secret-without-id"
  | "secret-not-found"
  | "secret-too-large"
  | "secret-variable-unset"
  | "ssh-unavailable"
  | "source-policy-unreadable"
  | "bad-destination"
  | "standard-output"
  | "unknown-cache-type"
  | "bad-cache-parameter"
  | "unknown-attestation"
  | "unknown-output-type"
  | "unknown-output-parameter"
  | "bad-output-parameter"
  | "several-platforms"
  | "push-without-tag"
  | "tagged-push-by-digest"
  | "destination-collision"
  | "tag-collision"
  | "cache-collision";

/** One line of help a code, for the documentation and for `explain`. */
export const problemHelp: Readonly<Record<ProblemCode, string>> = {
  "target-not-found": "A name that was asked for, or that a group lists, is no target and no group.",
  "nothing-matches": "A pattern on the command line matches no target and no group.",
  "group-cycle": "Groups contain each other, so their members cannot be listed.",
  "parent-not-found": "A target inherits from a name that is no target.",
  "inheritance-cycle": "Targets inherit from each other; the circle is cut where it closes.",
  "bad-override": "A --set is not of the form target.key[.name]=value.",
  "unknown-override-key": "A --set names an attribute that does not exist or cannot be overridden.",
  "bad-override-value": "The value of a flag cannot be read as what its attribute holds.",
  "override-without-target": "The target or pattern of a --set matches no target.",
  "undeclared-secret": "A --set changes the source of a secret the target does not declare.",
  "link-not-found": "A named context is fed from a target that does not exist.",
  "link-cycle": "Targets use each other's results as contexts.",
  "link-platforms": "A target is built for platforms that the target it links to is not built for.",
  "standard-input":
    "A build file says standard input: a Dockerfile is never read from it, a context only when the command line says so.",
  "unsupported-context": "An address that only a named context can have is used as the main context.",
  "context-not-found": "The folder of a context does not exist.",
  "dockerfile-not-found": "The Dockerfile of a target does not exist in its context.",
  "bad-platform": "A platform is not of the form os/architecture[/variant].",
  "unknown-platform":
    "A platform names an operating system or an architecture that no known machine has; most likely it is misspelt.",
  "bad-annotation": "An annotation is not of the form [levels:]key=value.",
  "bad-ulimit": "A ulimit is not of the form name=soft[:hard], or its name is unknown.",
  "bad-size": "A size of memory is no number with an optional unit.",
  "bad-network": "The network of a build is default, none or host.",
  "bad-extra-host": "An extra host has no IP address.",
  "bad-tag": "A tag is no valid image name.",
  "secret-without-id": "A secret needs an id, under which the Dockerfile mounts it.",
  "secret-not-found": "The file of a secret does not exist.",
  "secret-too-large": "The file of a secret is larger than 500 KiB.",
  "secret-variable-unset": "The environment variable of a secret is not set, so the secret is empty.",
  "ssh-unavailable": "There is no agent socket, or an ssh path is neither a socket nor an unencrypted private key.",
  "source-policy-unreadable": "The file that EXPERIMENTAL_BUILDKIT_SOURCE_POLICY names cannot be read.",
  "bad-destination": "An output cannot be written where its dest says.",
  "standard-output": "Standard output can take one archive, and none when it is a terminal.",
  "unknown-cache-type": "A cache's type is none of registry, local, inline, gha, s3 and azblob.",
  "bad-cache-parameter": "A cache lacks what its type needs, or has a mode that is neither min nor max.",
  "unknown-attestation": "An attestation's type is neither provenance nor sbom; builders ignore others silently.",
  "unknown-output-type": "An output's type is none of image, registry, oci, docker, tar, local and cacheonly.",
  "unknown-output-parameter":
    "A parameter that the output's type does not have; builders ignore such parameters silently.",
  "bad-output-parameter": "The value of an output parameter is not one it can have.",
  "several-platforms": "A docker output with a destination holds an image of one platform, and its target has several.",
  "push-without-tag": "An output is to be pushed and has no name to push it under.",
  "tagged-push-by-digest": "An output pushed by digest has a name with a tag.",
  "destination-collision": "Two builds write the same file or folder.",
  "tag-collision": "Two targets give different images the same name.",
  "cache-collision": "Two targets export their cache to the same place.",
};

export interface ProblemDetails {
  /** An error unless said otherwise. */
  readonly severity?: Severity;
  /** Where the value to blame was said; a flag is named in the message, for it has no place in a file. */
  readonly origin?: Origin | undefined;
  readonly span?: Span | undefined;
  readonly related?: readonly RelatedPlace[];
  readonly hint?: string | undefined;
}

export function problem(code: ProblemCode, message: string, details: ProblemDetails = {}): Diagnostic {
  const { severity = "error", origin, related = [], hint } = details;
  const span = details.span ?? spanOf(origin);
  return {
    code: `plan/${code}`,
    severity,
    message: origin?.kind === "override" && !message.includes(origin.flag) ? `${message} (${origin.flag})` : message,
    ...(span === undefined ? {} : { span }),
    ...(related.length === 0 ? {} : { related }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The place in a file, for values that were said in one. */
export function spanOf(origin: Origin | undefined): Span | undefined {
  return origin?.kind === "file" || origin?.kind === "compose" ? origin.span : undefined;
}
