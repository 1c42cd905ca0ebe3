/** What there is to say of a Dockerfile besides that it can be built: by the linter, and of the images that stages start from. */
import type { Span } from "../../base/span.ts";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import { lintDockerfile, lintWarning } from "../../dockerfile/lint/lint.ts";
import type { ImageFacts } from "../../dockerfile/walk/facts.ts";
import type { BuildFailure } from "../../execute/ports.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { Target } from "../../plan/plan.ts";
import { problem } from "../graph/problem.ts";
import type { BuildContext } from "../graph/step.ts";
import type { ResolvedImage } from "../source/sources.ts";
import { imageFacts, lintFacts } from "./lint-facts.ts";
import type { StepReporter } from "./step-reporter.ts";
import type { TargetSettings } from "./target-settings.ts";

export interface WantedImage {
  readonly reference: string;
  readonly platform: Platform;
  readonly span: Span;
}

export interface FindingsOptions {
  readonly target: Target;
  /** They are told once for all exports of a target. */
  readonly repeats: boolean;
  readonly reporter: StepReporter;
}

export class Findings {
  readonly #options: FindingsOptions;
  readonly #images = new Map<string, ImageFacts>();

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  /** The linter wants to know of it, and one for another platform, taken as it is, is seldom what is wanted. */
  addImage(image: ResolvedImage, { reference, platform, span }: WantedImage): void {
    this.#images.set(reference, imageFacts(image.config.config));
    const { os, architecture } = image.platform;
    if (this.#options.repeats || (os === platform.os && architecture === platform.architecture)) return;
    const [found, wanted] = [formatPlatform(image.platform), formatPlatform(platform)];
    this.#options.reporter.finding({
      message: `InvalidBaseImagePlatform: Base image ${reference} was pulled with platform "${found}", expected "${wanted}" for current build`,
      detail: ["Base image platform does not match expected target platform"],
      url: "https://docs.docker.com/go/dockerfile/rule/invalid-base-image-platform/",
      span,
    });
  }

  /** Once all images are known that will be. Comes back with why nothing may be built, where the Dockerfile says so (`# check=error=true`). */
  tell(dockerfile: Dockerfile, settings: TargetSettings, { ignore }: BuildContext): BuildFailure | undefined {
    const { target, repeats, reporter } = this.#options;
    const facts = {
      ...lintFacts(target, settings),
      imageConfig: (reference: string) => this.#images.get(reference),
      ...(ignore === undefined ? {} : { ignore }),
    };
    const { findings, failing } = lintDockerfile(dockerfile, facts);
    for (const finding of repeats ? [] : findings) {
      const { ruleName, description, detail, url } = lintWarning(finding);
      reporter.finding({ message: `${ruleName}: ${detail}`, detail: [description], url, span: finding.span });
    }
    const [first] = failing ? findings : [];
    if (first === undefined) return undefined;
    const names = [...new Set(findings.map((finding) => lintWarning(finding).ruleName))];
    return problem("build/lint", `lint violation found for rules: ${names.join(", ")}`, {
      span: first.span,
      hint: "put it right, or take error=true out of the comment # check= of the Dockerfile",
    });
  }
}
