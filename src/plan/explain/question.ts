/** What `explain` is asked: `TARGET[.ATTRIBUTE[.KEY]]`. */
import { didYouMean } from "../../base/suggest.ts";
import { enumerate } from "../../base/text.ts";
import { familiarNames, targetAttributes } from "../../buildfile/definition/attributes/target-attributes.ts";
import type { Explanation } from "./explanation.ts";

export interface Question {
  /** A name or a pattern of targets and groups. */
  readonly target: string;
  readonly attribute?: string;
  readonly key?: string;
}

export type Answer =
  | { readonly ok: true; readonly explanation: Explanation }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** Keys may have dots of their own: `app.labels.org.opencontainers.image.title`. */
export function parseQuestion(text: string): Question {
  const [target = "", attribute, ...key] = text.split(".");
  return {
    target,
    ...(attribute !== undefined && { attribute }),
    ...(key.length > 0 && { key: key.join(".") }),
  };
}

/** The part of an explanation that was asked for; an attribute that is not set is answered with what that means. */
export function answer(explanation: Explanation, { attribute, key }: Question): Answer {
  if (attribute === undefined) return { ok: true, explanation };
  const unknown = checkAttribute(attribute);
  if (unknown) return unknown;
  const found = explanation.values.filter((value) => value.attribute === attribute);
  if (key === undefined) {
    const note = meaningOfUnset[attribute] ?? "not set";
    const values = found.length > 0 ? found : [{ attribute, steps: [], note }];
    return { ok: true, explanation: { ...explanation, values } };
  }
  const values = found.filter((value) => value.key === key);
  if (values.length > 0) return { ok: true, explanation: { ...explanation, values } };
  const keys = found.flatMap((value) => value.key ?? []);
  const message = `${explanation.target} has no ${attribute}.${key}`;
  if (keys.length > 0) return { ok: false, message, hint: didYouMean(key, keys) ?? `it has ${enumerate(keys, 12)}` };
  const hint =
    found.length > 0 ? `it is set as a whole: ${explanation.target}.${attribute}` : `${attribute} is not set at all`;
  return { ok: false, message, hint };
}

function checkAttribute(attribute: string): Answer | undefined {
  if (targetAttributes.has(attribute)) return undefined;
  const message = `a target has no attribute ${JSON.stringify(attribute)}`;
  if (attribute === "matrix" || attribute === "name") {
    return { ok: false, message: `${attribute} makes the target itself`, hint: "ask for the target to see its cell" };
  }
  const familiar = familiarNames.get(attribute);
  const known = [...targetAttributes.keys()];
  const hint = familiar === undefined ? didYouMean(attribute, known) : `did you mean ${JSON.stringify(familiar)}?`;
  return { ok: false, message, hint: hint ?? `it has ${known.sort().join(", ")}` };
}

const meaningOfUnset: Readonly<Record<string, string>> = {
  tags: "not set: the image gets no name",
  platforms: "not set: built for the platform of the node that builds it",
  output: "not set: the builder decides what becomes of the result",
  target: "not set: the last stage of the Dockerfile",
  network: "not set: the builder's default network",
  pull: "not set: base images that are there are not looked up again",
  "no-cache": "not set: the cache is used",
  "cache-from": "not set: only the builder's own cache is used",
  "cache-to": "not set: the cache stays in the builder",
  call: "not set: the target is built",
};
