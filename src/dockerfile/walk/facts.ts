/** What a look through a Dockerfile knows besides the file. */
import type { IgnoreFilter } from "../ignore/ignore-filter.ts";

export interface WalkFacts {
  readonly buildArguments?: ReadonlyMap<string, string>;
  /** `linux/amd64`, `linux/arm/v7`: where the build runs. */
  readonly buildPlatform: string;
  readonly targetPlatform: string;
  /** The stage that is asked for, by name or number. */
  readonly target?: string;
  /** Undefined when the image is not known: then nothing is said of variables that it might set. */
  readonly imageConfig?: (reference: string) => ImageFacts | undefined;
  /** Names of contexts that stand in for stages and images. */
  readonly contexts?: ReadonlySet<string>;
  readonly ignore?: IgnoreFilter;
}

/** What an image's configuration means for what is built on it. */
export interface ImageFacts {
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** It names a shell of its own. */
  readonly hasShell: boolean;
  /** The instructions of its ONBUILD. */
  readonly triggers: readonly string[];
}
