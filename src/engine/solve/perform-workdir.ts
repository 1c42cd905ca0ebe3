/** WORKDIR: the folder, where it is not there yet. */
import { type Ownership, ownerOf } from "../copy/owner.ts";
import { planWorkdir } from "../copy/plan-workdir.ts";
import type { WorkdirStep } from "../graph/step.ts";
import { imageTree, textReader } from "./image-files.ts";
import { performEntries } from "./layer-step.ts";
import type { PerformContext, Performed } from "./perform-context.ts";
import { layersOf } from "./solved.ts";

const root: Ownership = { uid: 0, gid: 0, warnings: [] };

export async function performWorkdir(step: WorkdirStep, context: PerformContext): Promise<Performed> {
  const { services, base, signal, observer } = context;
  const { path, user, epochSeconds } = step;
  const tree = await imageTree(layersOf(base), services, signal);
  const accounts = textReader(tree, services, signal);
  const { uid, gid, warnings } = user === "" ? root : await ownerOf(user, accounts, tree);
  for (const { message, hint } of warnings) observer.warning(step, message, hint);
  const nowSeconds = epochSeconds ?? Math.floor(services.now() / 1000);
  const { entries } = planWorkdir({ base: tree, path, uid, gid, nowSeconds });
  return performEntries({ step, entries, epochSeconds }, context);
}
