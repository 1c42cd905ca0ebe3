/** Single values of targets: platforms, annotations, limits, sizes, hosts, tags (spec section 24.3). */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { parseAnnotationText } from "../../buildfile/attributes/annotation.ts";
import { parseSizeText } from "../../buildfile/attributes/size.ts";
import { parseUlimitText } from "../../buildfile/attributes/ulimit.ts";
import type { Origin } from "../../buildfile/definition.ts";
import { unknownPart } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Target } from "../plan.ts";
import { type ProblemCode, problem } from "../problem.ts";
import type { CheckContext } from "./context.ts";

export function checkValues(target: Target, context: CheckContext): void {
  const { settings } = target;
  const report = (code: ProblemCode, attribute: string, result: Parsed<unknown>, origin: Origin | undefined): void => {
    if (result.ok) return;
    context.report.add(problem(code, `${attribute} of ${quote(target.name)}: ${result.message}`, { origin }));
  };
  target.platforms.forEach((text) => {
    const platform = context.platform(text);
    const origin = settings.platforms?.origin;
    report("bad-platform", "platforms", platform, origin);
    const unknown = platform.ok ? unknownPart(platform.value) : undefined;
    if (unknown === undefined) return;
    const message = `platforms of ${quote(target.name)}: ${quote(unknown.name)} in ${quote(text)} is of no known machine`;
    context.report.add(problem("unknown-platform", message, { severity: "warning", origin, hint: unknown.hint }));
  });
  settings.annotations?.forEach(({ value, origin }) => {
    if (value !== "") report("bad-annotation", "annotations", checkAnnotation(value, context), origin);
  });
  settings.ulimits?.forEach(({ value, origin }) => {
    if (value !== "") report("bad-ulimit", "ulimits", parseUlimitText(value), origin);
  });
  const { shmSize, resources: { memory, "memory-swap": swap } = {} } = target;
  if (shmSize !== undefined) report("bad-size", "shm-size", parseSizeText(shmSize), settings["shm-size"]?.origin);
  if (memory !== undefined) report("bad-size", "resources.memory", parseSizeText(memory), settings.resources?.origin);
  if (swap !== undefined && swap !== "-1") {
    report("bad-size", "resources.memory-swap", parseSizeText(swap), settings.resources?.origin);
  }
  if (!context.building) return;
  report("bad-network", "network", checkNetwork(target.network ?? ""), settings.network?.origin);
  settings["extra-hosts"]?.forEach(({ value, origin }, host) => {
    report("bad-extra-host", `extra-hosts.${host}`, checkAddresses(value), origin);
  });
  for (const tag of target.tags) report("bad-tag", `the tag ${quote(tag)}`, parseReference(tag), settings.tags?.origin);
}

function checkAnnotation(text: string, context: CheckContext): Parsed<unknown> {
  const annotation = parseAnnotationText(text);
  if (!annotation.ok) return annotation;
  for (const { platform } of annotation.value.places) {
    const read = platform === undefined ? undefined : context.platform(platform);
    if (read?.ok === false) return read;
  }
  return annotation;
}

function checkNetwork(network: string): Parsed<unknown> {
  if (["", "default", "none", "host"].includes(network)) return parsed(network);
  return unparsed(`${quote(network)} is no network of a build, choose default, none or host`);
}

/** One address, several separated by commas, or the machine the build runs on. IPv6 may stand in brackets. */
function checkAddresses(text: string): Parsed<unknown> {
  const wrong = text.split(",").find((address) => address !== "host-gateway" && !isIpAddress(address.trim()));
  return wrong === undefined ? parsed(text) : unparsed(`${quote(wrong)} is no IP address and not host-gateway`);
}

function isIpAddress(text: string): boolean {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (bare.includes(":")) return /^[0-9a-fA-F:.]+$/.test(bare) && URL.canParse(`http://[${bare}]/`);
  const parts = bare.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
