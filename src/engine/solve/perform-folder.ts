/** A context as the file system a stage begins with. */
import { planCopy } from "../copy/plan-copy.ts";
import type { FolderStep } from "../graph/step.ts";
import { emptyTree } from "../tree/tree.ts";
import { performEntries } from "./layer-step.ts";
import type { PerformContext, Performed } from "./perform-context.ts";

export async function performFolder(step: FolderStep, context: PerformContext): Promise<Performed> {
  const { services, signal } = context;
  const { tree } = await services.contexts.open(step.context, signal);
  const { entries } = await planCopy(
    {
      base: emptyTree,
      items: [
        {
          kind: "paths",
          tree,
          patterns: ["/"],
          excludes: [],
          parents: false,
          unpack: false,
          ownerless: true,
          origin: step.context.name,
        },
      ],
      destination: "/",
      link: false,
      accounts: async () => undefined,
      nowSeconds: 0,
    },
    signal,
  );
  return performEntries({ step, entries, epochSeconds: undefined }, context);
}
