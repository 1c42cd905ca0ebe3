/** Names of images: `alpine`, `ghcr.io/org/app:1.2`, `localhost:5000/x@sha256:…`. */
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";

/** A name in full: what people leave out is filled in, except for the tag. */
export interface ImageReference {
  /** `docker.io` when the text names none. */
  readonly registry: string;
  /** `library/alpine` for `alpine`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const registryForm =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestForm = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/** Registry, 255 characters of repository, tag and digest fit well. */
const longest = 1024;

/** The first part is a registry when it has a dot, a colon or an upper-case letter, or is `localhost`. */
export function parseReference(text: string): Parsed<ImageReference> {
  if (text.length > longest) return unparsed("the name is too long");
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && (/[.:[A-Z]/.test(first) || first === "localhost");
  const registry = hasRegistry ? first : "docker.io";
  const path = hasRegistry ? rest : [first, ...rest];
  if (!registryForm.test(registry)) return unparsed(`${quote(registry)} is no registry`);
  const wrong = path.find((part) => !component.test(part));
  if (wrong !== undefined) return unparsed(whyNot(text, wrong));
  if (tag !== undefined && !tagForm.test(tag)) return unparsed(`${quote(tag)} is no tag`);
  if (digest !== undefined && !digestForm.test(digest)) return unparsed(`${quote(digest)} is no digest`);
  const repository = registry === "docker.io" && path.length === 1 ? `library/${path[0]}` : path.join("/");
  if (repository.length > 255) return unparsed("the name is longer than 255 characters");
  return parsed({
    registry: registry === "index.docker.io" ? "docker.io" : registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/** In full: `docker.io/library/alpine:3`. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function whyNot(text: string, part: string): string {
  if (part === "") return `${quote(text)} has an empty part`;
  if (/[A-Z]/.test(part)) return `${quote(part)} has upper-case letters, which repositories cannot have`;
  return `${quote(part)} has characters that repositories cannot have`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
