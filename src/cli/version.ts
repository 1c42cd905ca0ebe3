declare const __TSBAKE_VERSION__: string | undefined;

/** The version of the package, written in by the bundler; `0.0.0-source` when the sources run unbundled (tests). */
export const version: string = typeof __TSBAKE_VERSION__ === "string" ? __TSBAKE_VERSION__ : "0.0.0-source";
