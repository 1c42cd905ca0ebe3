/** Addresses of contexts in compose files. */
import { didYouMean } from "../../../base/suggest.ts";
import { isNamedOnly, isRemoteContext } from "../../attributes/context.ts";
import { joinToFolder } from "../../definition/blocks/relative-path.ts";
import type { Setting } from "../../definition.ts";
import { composeProblem } from "../compose-problems.ts";
import { valueAt } from "../node.ts";
import { type ServiceContext, settingAt, targetNameOf } from "./service-context.ts";
import type { NamedValue, PlacedText } from "./value-reader.ts";

const service = "service:";
const target = "target:";

/** A local folder as seen from the working folder; other addresses as they are. */
export function contextAddress({ text, span }: PlacedText, { pathFrom, contextFolder }: ServiceContext): string {
  if (text.includes("://") || isNamedOnly(text) || isRemoteContext(text)) return text;
  const path = pathFrom(span.source, text);
  return contextFolder === undefined ? path : joinToFolder(contextFolder, path);
}

export function namedContexts(value: NamedValue, context: ServiceContext): ReadonlyMap<string, Setting<string>> {
  const contexts = new Map<string, Setting<string>>();
  for (const { key, value: text, span } of context.reader.pairs(value)) {
    if (text === undefined) {
      const message = `${value.name}: ${JSON.stringify(key)} has no address`;
      context.report.add(composeProblem("compose/value-type", span, message, { hint: `write ${key}=ADDRESS` }));
    } else {
      checkService({ text, span }, context);
      contexts.set(key, settingAt(context, linkOr({ text, span }, context), span));
    }
  }
  return contexts;
}

/** A context of `x-bake`: names are taken as they are written, links apart. */
export function linkedAddress(address: string): string {
  for (const prefix of [service, target]) {
    if (address.startsWith(prefix)) return target + targetNameOf(address.slice(prefix.length));
  }
  return address;
}

function linkOr(address: PlacedText, context: ServiceContext): string {
  const { text } = address;
  return text.startsWith(service) || text.startsWith(target) ? linkedAddress(text) : contextAddress(address, context);
}

function checkService({ text, span }: PlacedText, { services, report }: ServiceContext): void {
  if (!text.startsWith(service)) return;
  const name = text.slice(service.length);
  const found = services.get(name);
  if (found && valueAt(found.value, "build")) return;
  const problem = found ? "has no build section, so it is nothing to build from" : "does not exist";
  report.add(
    composeProblem("compose/context", span, `service ${JSON.stringify(name)} ${problem}`, {
      hint: found ? "name its image instead: docker-image://IMAGE" : didYouMean(name, services.keys()),
      ...(found && { related: [{ message: "the service is here", span: found.key }] }),
    }),
  );
}
