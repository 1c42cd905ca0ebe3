/**
 * Takes down what the steps of one platform begin with while they are worked out: images, linked targets. What the steps themselves bring in is
 * read from them when they are done.
 */
import { isGitAddress, parseGitAddress } from "../../buildfile/git-address.ts";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import type { TargetInputs } from "../../execute/target/target-inputs.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Target } from "../../plan/plan.ts";
import type { NamedContext } from "../graph/stage-graph.ts";
import { type BuildContext, isStep, type Step, type StepMount } from "../graph/step.ts";
import type { SourceLedger } from "../source/ledger.ts";
import type { ResolvedImage } from "../source/sources.ts";
import {
  type Access,
  type BuildSources,
  fileMaterial,
  imageMaterial,
  type Material,
  mergeSources,
  noSources,
  repositoryMaterial,
} from "./build-sources.ts";

export class SourceLog {
  readonly #ledger: SourceLedger;
  readonly #begun: BuildSources[] = [];

  constructor(ledger: SourceLedger) {
    this.#ledger = ledger;
  }

  /** An image that a stage starts from. Returns it. */
  image(image: ResolvedImage, reference: string, platform: Platform): ResolvedImage {
    this.#add({ materials: imageMaterial({ reference, resolved: image.name, platform, ofLayout: false }) });
    return image;
  }

  /** What a name in the Dockerfile turned out to stand for; returns it. Images of registries are told by who resolves them. */
  named(context: NamedContext | undefined, name: string, platform: Platform): NamedContext | undefined {
    if (context?.kind === "result") this.#begun.push(context.result.sources);
    if (context?.kind === "resolved") {
      const named = { reference: name, resolved: context.image.name, platform, ofLayout: true };
      this.#add({ materials: imageMaterial(named) });
    }
    return context;
  }

  /** Of a target: all it is made from, when its steps (each below its top) have been done. */
  sources(steps: readonly Step[], { target, inputs, dockerfile, scanner }: TargetFiles): BuildSources {
    const own = steps.map((step) => this.#ofStep(step));
    const scannedBy = scanner === undefined ? noSources : this.#ofImage(scanner);
    return mergeSources([
      ...this.#begun,
      ...own,
      scannedBy,
      this.#ofTarget(target, inputs),
      withDockerfile(dockerfile, inputs),
    ]);
  }

  #add(part: Partial<BuildSources>): void {
    this.#begun.push({ ...noSources, ...part });
  }

  /** The context and the Dockerfile are looked at even when no step takes a file from them. */
  #ofTarget(target: Target, { folders, inlineDockerfile, dockerfileAddress }: TargetInputs): BuildSources {
    const isThere = (name: string): boolean => folders.some((folder) => folder.name === name);
    const served = inlineDockerfile !== undefined || dockerfileAddress !== undefined;
    const locals = [
      ...(isThere("context") ? ["context"] : []),
      ...(isThere("dockerfile") || served ? ["dockerfile"] : []),
    ];
    const address = target.remote?.tree.address ?? (isThere("context") ? undefined : target.context);
    const fetched = address === undefined ? noSources : this.#ofAddress(address);
    return { ...fetched, locals };
  }

  #ofStep(step: Step): BuildSources {
    switch (step.kind) {
      case "image":
        return this.#ofImage(step);
      case "folder":
        return this.#ofContext(step.context);
      case "copy":
        return mergeSources(
          step.sources.map((source) => {
            if (source.kind === "paths") return isStep(source.from) ? noSources : this.#ofContext(source.from);
            if (source.kind === "text") return noSources;
            return source.kind === "http" ? this.#ofFile(source.url, source.checksum) : this.#ofAddress(source.address);
          }),
        );
      case "run":
        return mergeSources([
          { ...noSources, network: step.network !== "none" },
          ...step.mounts.map((mount) => this.#ofMount(mount)),
        ]);
      default:
        return noSources;
    }
  }

  #ofImage({ reference, platform }: WantedImage): BuildSources {
    const image = this.#ledger.image(reference, platform);
    if (image === undefined) return noSources;
    const named = { reference, resolved: image.name, platform, ofLayout: false };
    return { ...noSources, materials: imageMaterial(named) };
  }

  #ofMount(mount: StepMount): BuildSources {
    switch (mount.type) {
      case "secret":
        return { ...noSources, secrets: [{ id: mount.id, optional: !mount.required }] };
      case "ssh":
        return { ...noSources, agents: [{ id: mount.id, optional: !mount.required }] };
      case "bind":
      case "cache":
        return mount.from === undefined || isStep(mount.from) ? noSources : this.#ofContext(mount.from);
      default:
        return noSources;
    }
  }

  #ofContext({ origin }: BuildContext): BuildSources {
    return origin.kind === "folder" ? { ...noSources, locals: [origin.name] } : this.#ofAddress(origin.address);
  }

  #ofAddress(address: string): BuildSources {
    if (isGitAddress(address)) return { ...noSources, materials: this.#repository(address), ...accessOf(address) };
    return this.#ofFile(address);
  }

  #ofFile(url: string, checksum?: string): BuildSources {
    const sha256 = this.#ledger.file({ url, checksum });
    return sha256 === undefined ? noSources : { ...noSources, materials: [fileMaterial(url, sha256)] };
  }

  #repository(address: string): readonly Material[] {
    const commit = this.#ledger.commit(address);
    return commit === undefined ? [] : [repositoryMaterial(address, commit)];
  }
}

export interface TargetFiles {
  readonly target: Target;
  readonly inputs: TargetInputs;
  readonly dockerfile: Dockerfile;
  /** That lists what is in the result. */
  readonly scanner?: WantedImage;
}

interface WantedImage {
  readonly reference: string;
  readonly platform: Platform;
}

function withDockerfile({ source }: Dockerfile, { attributes }: TargetInputs): BuildSources {
  return { ...noSources, dockerfiles: [{ name: attributes.get("filename") ?? "Dockerfile", text: source.text }] };
}

/** What gets into a repository is asked for, whether or not it is there. */
function accessOf(address: string): { readonly secrets: readonly Access[]; readonly agents: readonly Access[] } {
  const parsed = parseGitAddress(address);
  const agents = parsed.ok && parsed.value.overSsh ? [{ id: "default", optional: true }] : [];
  const secrets = ["GIT_AUTH_HEADER", "GIT_AUTH_TOKEN"].map((id) => ({ id, optional: true }));
  return { secrets, agents };
}
