/** The nodes of a builder that is given as addresses with commas between them. */
import { basename } from "node:path";
import type { NodeConfiguration } from "../open-node.ts";

/** One for each address, named after the host or the socket. */
export function addressedNodes(text: string): readonly NodeConfiguration[] {
  const endpoints = [...new Set(text.split(",").flatMap((part) => part.trim() || []))];
  const names = endpoints.map(nameOf);
  return endpoints.map((endpoint, index) => {
    const name = names[index] ?? endpoint;
    return { driver: "remote", endpoint, name: names.indexOf(name) === index ? name : `${name}-${index + 1}` };
  });
}

/** Of nothing but letters, digits, dots, dashes and underscores: it is a part of the names of builds. */
function nameOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const name = url?.hostname
    ? `${url.hostname}${url.port === "" ? "" : `-${url.port}`}`
    : basename(url?.pathname ?? "", ".sock");
  return name.replaceAll(/[^A-Za-z0-9._-]/g, "") || "remote";
}
