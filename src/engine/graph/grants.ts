/**
 * Where a target has from what it hands to its steps. Steps that are given different things are different steps while a run lasts; what is
 * kept of them is not told apart, as secrets are no part of a cache.
 */
export interface Grants {
  /** Of a secret by its id: a text that is the same for the same source, which is not read. Undefined when the target has none of that id. */
  readonly secret: (id: string) => string | undefined;
  readonly agent: (id: string) => string | undefined;
  /** Of all that lets git in at an address. */
  readonly repository: (address: string) => string | undefined;
}
