/** Reads the addresses of git repositories, as the Dockerfile frontend does. */
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";

export interface GitAddress {
  /** What git is called with; without fragment and query. */
  readonly url: string;
  /** Host, with its port, and path: the same however the repository is reached. */
  readonly place: string;
  readonly overSsh: boolean;
  /** Empty: what the repository has checked out. */
  readonly ref: string;
  /** Empty: all of it. */
  readonly subfolder: string;
  /** The commit that the ref must be; may be its beginning. Empty: any. */
  readonly checksum: string;
  readonly keepGitFolder: boolean;
  readonly submodules: boolean;
}

const scpLike = /^([A-Za-z0-9._-]+@)([A-Za-z0-9.-]+):(.*)$/;

/** True for what is fetched with git; other addresses are fetched as they are. */
export function isGitAddress(address: string): boolean {
  const [withoutFragment = ""] = address.split("#", 1);
  const [location = ""] = withoutFragment.split("?", 1);
  if (/^https?:\/\//.test(address)) return location.endsWith(".git");
  return /^(?:git|ssh):\/\//.test(address) || address.startsWith("github.com/") || scpLike.test(address);
}

/** The address must be one of git. */
export function parseGitAddress(address: string): Parsed<GitAddress> {
  const hash = address.indexOf("#");
  const fragment = hash === -1 ? "" : address.slice(hash + 1);
  const [location = "", query = ""] = (hash === -1 ? address : address.slice(0, hash)).split("?", 2);
  const place = placeOf(location);
  if (place === undefined) return unparsed(`${location} is no address of a git repository`);
  const [ref = "", subfolder = ""] = cutAtColon(fragment);
  const start: GitAddress = { ...place, ref, subfolder, checksum: "", keepGitFolder: false, submodules: true };
  return withQuery(start, query);
}

function placeOf(location: string): Pick<GitAddress, "url" | "place" | "overSsh"> | undefined {
  const scp = scpLike.exec(location);
  if (scp !== null && !location.includes("://")) {
    const [, , host = "", path = ""] = scp;
    return { url: location, place: `${host}/${path.replace(/^\/+/, "")}`, overSsh: true };
  }
  const url = location.startsWith("github.com/") ? `https://${location}` : location;
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  return { url, place: `${host}${pathname}`, overSsh: protocol === "ssh:" };
}

/** `ref:folder`; a ref has no colon. */
function cutAtColon(fragment: string): readonly string[] {
  const colon = fragment.indexOf(":");
  return colon === -1 ? [fragment] : [fragment.slice(0, colon), fragment.slice(colon + 1)];
}

function withQuery(address: GitAddress, query: string): Parsed<GitAddress> {
  let result = address;
  for (const [key, value] of new URLSearchParams(query)) {
    const change = changeOf(key, value);
    if (change === undefined) return unparsed(`a git address takes no ${JSON.stringify(key)}`);
    result = { ...result, ...change };
  }
  return parsed(result);
}

function changeOf(key: string, value: string): Partial<GitAddress> | undefined {
  switch (key) {
    case "ref":
      return { ref: value };
    case "branch":
      return { ref: `refs/heads/${value}` };
    case "tag":
      return { ref: `refs/tags/${value}` };
    case "subdir":
      return { subfolder: value };
    case "checksum":
    case "commit":
      return { checksum: value };
    case "keep-git-dir":
      return { keepGitFolder: isYes(value) };
    case "submodules":
      return { submodules: isYes(value) };
    default:
      return undefined;
  }
}

/** A parameter without a value says yes. */
function isYes(value: string): boolean {
  return value === "" || value === "1" || value.toLowerCase() === "true";
}
