/** The structured list attributes of a target (spec section 22), as data. Their parsers are beside this file. */

/** An output: `attributes` holds every key but `type`, `dest` included, keys lower-cased and trimmed. */
export interface OutputEntry {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A `cache-from` or `cache-to` entry. */
export interface CacheEntry {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** `id` may be missing until validation. */
export interface SecretEntry {
  readonly id: string;
  /** A file. */
  readonly src?: string;
  /** A variable of the environment. */
  readonly env?: string;
}

export interface SshEntry {
  readonly id: string;
  readonly paths: readonly string[];
}

export interface AttestEntry {
  readonly type: string;
  readonly disabled: boolean;
  /** Every key but `type` and `disabled`, as written. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface PolicyEntry {
  readonly filenames: readonly string[];
  readonly reset?: boolean;
  readonly disabled?: boolean;
  readonly strict?: boolean;
  readonly logLevel?: string;
}

export interface Resources {
  readonly memory?: string;
  readonly "memory-swap"?: string;
  readonly "cpu-shares"?: number;
  readonly "cpu-period"?: number;
  readonly "cpu-quota"?: number;
  readonly "cpuset-cpus"?: string;
  readonly "cpuset-mems"?: string;
}
