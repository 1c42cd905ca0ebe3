/** `extra_hosts`: names with addresses, as a map or as a list of `name=address` or `name:address`. */
import type { Span } from "../../../base/span.ts";
import type { Setting } from "../../definition.ts";
import { composeProblem } from "../compose-problems.ts";
import type { ComposeNode } from "../node.ts";
import { type ServiceContext, settingAt } from "./service-context.ts";
import type { NamedValue, PlacedText } from "./value-reader.ts";

interface Host {
  readonly addresses: string[];
  readonly span: Span;
}

/** Several addresses of one name are joined by commas. */
export function extraHosts(value: NamedValue, context: ServiceContext): ReadonlyMap<string, Setting<string>> {
  const hosts = new Map<string, Host>();
  const add = (name: string, addresses: readonly string[], span: Span) => {
    if (name === "" || /[:=]/.test(name)) {
      const message = `${value.name}: ${JSON.stringify(name)} is no name of a host`;
      context.report.add(composeProblem("compose/entry", span, message));
      return;
    }
    const host = hosts.get(name) ?? { addresses: [], span };
    host.addresses.push(...addresses.map(withoutBrackets));
    hosts.set(name, host);
  };
  if (value.node.kind === "map") {
    for (const [name, { key, value: node }] of context.reader.entries(value)) {
      add(
        name,
        addressesOf({ name: `${value.name}.${name}`, node }, context).map(({ text }) => text),
        key,
      );
    }
  } else {
    for (const { text, span } of context.reader.textList(value)) {
      const at = [text.indexOf("="), text.indexOf(":")].find((found) => found !== -1);
      if (at !== undefined) add(text.slice(0, at), text.slice(at + 1).split(","), span);
      else {
        const message = `${value.name}: ${JSON.stringify(text)} has no address`;
        context.report.add(composeProblem("compose/entry", span, message, { hint: "write NAME=ADDRESS" }));
      }
    }
  }
  return new Map(
    [...hosts].map(([name, { addresses, span }]) => [name, settingAt(context, addresses.join(","), span)]),
  );
}

function addressesOf({ name, node }: NamedValue, { reader }: ServiceContext): readonly PlacedText[] {
  if (isEmpty(node)) return [{ text: "", span: node.span }];
  if (node.kind === "list") return reader.textList({ name, node });
  const text = reader.text({ name, node });
  return text ? [text] : [];
}

function isEmpty(node: ComposeNode): boolean {
  return node.kind === "null";
}

function withoutBrackets(address: string): string {
  return address.length > 2 && address.startsWith("[") && address.endsWith("]") ? address.slice(1, -1) : address;
}
