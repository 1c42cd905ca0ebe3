/** How a driver hands a daemon over to this room. */
import type { Duplex } from "node:stream";
import type { Metadata } from "../rpc/metadata.ts";
import type { DaemonKind } from "./capabilities.ts";

export interface NodeTransport {
  readonly name: string;
  /** For people: `docker (unix:///var/run/docker.sock)`. */
  readonly description: string;
  readonly kind: DaemonKind;
  /** What the daemon is called in the calls' `:authority`. */
  readonly authority: string;
  /** A fresh byte stream to the daemon's gRPC. Rejects with what `explain` understands, or the signal's reason. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  /**
   * A byte stream that the daemon takes for a session with this metadata, where it offers one beside its gRPC: contexts go through it
   * without the detour through a call.
   */
  readonly dialSession?: (metadata: Metadata, signal: AbortSignal) => Promise<Duplex>;
  /** How long to try again while the daemon is not there yet; 0 for one that is or is not. */
  readonly readyWithinMs: number;
  /**
   * The peer says so by itself that it is ready, as an engine does that has upgraded the connection; others are asked with a call.
   */
  readonly readyWhenDialled: boolean;
  /** Makes a TsbakeError of what went wrong on the way to the first answer; returns what it does not understand. */
  readonly explain: (error: unknown) => unknown;
}
