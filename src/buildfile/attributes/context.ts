/** The addresses of contexts: local folders, remote addresses, and the schemes only named contexts have. */

const remoteScheme = /^(?:https?|git|ssh):\/\//;
const scpLike = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:/;

/** Fetched by the builder rather than sent from here: http(s), git, ssh, `user@host:path`, `github.com/…`. */
export function isRemoteContext(address: string): boolean {
  return remoteScheme.test(address) || address.startsWith("github.com/") || scpLike.test(address);
}

/** A git repository over ssh, which needs an agent. */
export function isGitOverSsh(address: string): boolean {
  return address.startsWith("ssh://") || (!remoteScheme.test(address) && scpLike.test(address));
}

/** The target a named context is fed from (`target:base`). */
export function linkedTarget(address: string): string | undefined {
  return address.startsWith("target:") ? address.slice("target:".length) : undefined;
}

/** `docker-image://`, `oci-layout://`, `target:`: what only a named context can be. */
export function isNamedOnly(address: string): boolean {
  return /^(?:docker-image:\/\/|oci-layout:\/\/|target:)/.test(address);
}
