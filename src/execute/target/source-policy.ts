/** Where the rules are that a build's sources must follow. */

/** Names a file of BuildKit's policies in JSON. */
export const sourcePolicyVariable: string = "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY";
