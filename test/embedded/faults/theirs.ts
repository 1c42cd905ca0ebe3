/** Scenes of a user without any privilege. Making one takes root. */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { dist, openScene, type Scene, type StartOptions } from "./scene.ts";

/** Nobody else tests as this one. */
export const uid = 23_456;

/** A scene that belongs to somebody else, with a program they may reach. */
export interface Theirs extends Disposable {
  readonly scene: Scene;
  /** Everything in the scene that is not a program becomes theirs. */
  readonly give: () => void;
  readonly options: StartOptions;
}

export const asThem: readonly string[] = [
  "setpriv",
  `--reuid=${uid}`,
  `--regid=${uid}`,
  "--clear-groups",
  "--inh-caps=-all",
];

export function openTheirs(): Theirs {
  const scene = openScene();
  const own = join(scene.folder, "program");
  cpSync(dist, own, { recursive: true });
  execFileSync("chmod", ["-R", "a+rX", own]);
  return {
    scene,
    give: () => {
      const folders = readdirSync(scene.folder).filter((name) => !["program", "bin", "etc"].includes(name));
      const paths = folders.map((name) => join(scene.folder, name));
      execFileSync("chown", ["-R", `${uid}:${uid}`, ...paths]);
    },
    options: { through: asThem, program: join(own, "cli/tsbake.cjs") },
    [Symbol.dispose]: () => scene[Symbol.dispose](),
  };
}
