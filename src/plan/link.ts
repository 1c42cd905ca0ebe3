/** Named contexts that are fed from other targets (spec section 21). */
import type { Diagnostic, DiagnosticList } from "../base/diagnostic.ts";
import { linkedTarget } from "../buildfile/attributes/context.ts";
import type { Definition, TargetDefinition } from "../buildfile/definition.ts";
import { formatPlatform, type Platform, parsePlatform } from "../oci/platform.ts";
import { describeCircle, placesOf } from "./circle.ts";
import type { Target } from "./plan.ts";
import { problem } from "./problem.ts";
import { Suggestions } from "./suggestions.ts";

/** A named context that is fed from a target. */
export interface TargetLink {
  readonly context: string;
  readonly target: string;
}

const noLinks: readonly TargetLink[] = [];

export function linksOf({ contexts }: Target): readonly TargetLink[] {
  if (contexts.size === 0) return noLinks;
  const links: TargetLink[] = [];
  for (const [context, address] of contexts) {
    const target = linkedTarget(address);
    if (target !== undefined) links.push({ context, target });
  }
  return links;
}

/**
 * Finds the targets that are linked to and not there yet, round by round, and adds them as `resolve` makes them. Links to
 * what is no target are reported.
 */
export function addLinkedTargets(
  targets: Map<string, Target>,
  definition: Definition,
  resolve: (found: readonly TargetDefinition[]) => readonly Target[],
  report: DiagnosticList,
): void {
  const suggestions = new Suggestions([...definition.targets.keys()]);
  let latest: readonly Target[] = [...targets.values()];
  while (latest.length > 0) {
    const found = new Map<string, TargetDefinition>();
    for (const target of latest) {
      for (const link of linksOf(target)) {
        if (targets.has(link.target) || found.has(link.target)) continue;
        const linked = definition.targets.get(link.target);
        if (linked === undefined) report.add(missing(target, link, definition, suggestions));
        else found.set(link.target, linked);
      }
    }
    latest = resolve([...found.values()]);
    for (const target of latest) targets.set(target.name, target);
  }
}

/**
 * Targets in an order in which each comes after those it links to, with what they take over from them: entitlements. Circles
 * and platforms that do not fit are reported; a circle's last link is then left out of the order.
 */
export function orderByLinks(
  targets: ReadonlyMap<string, Target>,
  localPlatform: Platform,
  report: DiagnosticList,
): ReadonlyMap<string, Target> {
  const ordered = new Map<string, Target>();
  const open: { readonly target: Target; readonly links: readonly string[]; next: number }[] = [];
  const onPath = new Set<string>();
  const enter = (target: Target): void => {
    open.push({ target, links: [...new Set(linksOf(target).map((link) => link.target))], next: 0 });
    onPath.add(target.name);
  };
  for (const root of targets.values()) {
    if (ordered.has(root.name)) continue;
    if (root.contexts.size === 0) {
      ordered.set(root.name, root);
      continue;
    }
    enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const name = top.links[top.next++];
      if (name === undefined) {
        open.pop();
        onPath.delete(top.target.name);
        ordered.set(top.target.name, withLinks(top.target, ordered, localPlatform, report));
      } else if (onPath.has(name)) {
        reportCycle(
          open.map((each) => each.target),
          name,
          report,
        );
      } else {
        const linked = targets.get(name);
        if (linked !== undefined && !ordered.has(name)) enter(linked);
      }
    }
  }
  return ordered;
}

function withLinks(
  target: Target,
  ordered: ReadonlyMap<string, Target>,
  localPlatform: Platform,
  report: DiagnosticList,
): Target {
  const links = linksOf(target);
  if (links.length === 0) return target;
  const entitlements = new Set(target.entitlements);
  for (const link of links) {
    const linked = ordered.get(link.target);
    if (linked === undefined) continue;
    for (const entitlement of linked.entitlements) entitlements.add(entitlement);
    checkPlatforms(target, linked, link.context, { localPlatform, report });
  }
  return entitlements.size === target.entitlements.length ? target : { ...target, entitlements: [...entitlements] };
}

/** A target built for several platforms needs each of them of a link that is built for several. */
function checkPlatforms(
  target: Target,
  linked: Target,
  context: string,
  { localPlatform, report }: { readonly localPlatform: Platform; readonly report: DiagnosticList },
): void {
  if (target.platforms.length < 2 || linked.platforms.length < 2) return;
  const built = new Set(linked.platforms.map((platform) => normalised(platform, localPlatform)));
  const lacking = target.platforms.filter((platform) => !built.has(normalised(platform, localPlatform)));
  if (lacking.length === 0) return;
  const message = `the target ${quote(target.name)} is built for ${lacking.join(", ")}, but ${quote(linked.name)}, which it links to, is built for ${linked.platforms.join(", ")} only`;
  report.add(
    problem("link-platforms", message, {
      origin: target.settings.contexts?.get(context)?.origin,
      hint: `add ${lacking.join(", ")} to the platforms of ${quote(linked.name)}`,
    }),
  );
}

function normalised(text: string, localPlatform: Platform): string {
  const platform = parsePlatform(text, localPlatform);
  return platform.ok ? formatPlatform(platform.value) : text;
}

function missing(target: Target, link: TargetLink, definition: Definition, suggestions: Suggestions): Diagnostic {
  const message = `the context ${quote(link.context)} of ${quote(target.name)} links to ${quote(link.target)}, which is no target`;
  const hint = definition.groups.has(link.target)
    ? `${quote(link.target)} is a group; link to one of its targets`
    : suggestions.hint(link.target);
  return problem("link-not-found", message, { origin: target.settings.contexts?.get(link.context)?.origin, hint });
}

function reportCycle(path: readonly Target[], name: string, report: DiagnosticList): void {
  const cycle = path.slice(path.findIndex((target) => target.name === name));
  const closing = cycle.at(-1);
  const link = closing && linksOf(closing).find((each) => each.target === name);
  const origin = link && closing?.settings.contexts?.get(link.context)?.origin;
  if (cycle.length === 1) {
    report.add(problem("link-cycle", `the target ${quote(name)} links to itself`, { origin }));
    return;
  }
  const members = cycle.map((target) => target.definition);
  const message = `targets link to each other: ${describeCircle(members)}`;
  report.add(problem("link-cycle", message, { origin, related: placesOf(members) }));
}

function quote(text: string): string {
  return JSON.stringify(text);
}
