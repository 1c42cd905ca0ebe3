/** The protocol of SSH agents, as far as it takes to let a build use keys and do nothing else with them. */

/** Of messages, by their first byte. */
export const listKeys: number = 11;
export const signWithKey: number = 13;
const maxMessageBytes = 256 << 10;

/** SSH_AGENT_FAILURE, with its length. */
export const agentRefusal: Buffer = Buffer.from([0, 0, 0, 1, 5]);

/** What is said is none of the protocol. */
export class AgentProtocolError extends Error {
  override readonly name = "AgentProtocolError";
}

/** Whether a message (with its length) asks for something that is not refused: to list the keys, to sign with one. */
export function isAllowedRequest(message: Buffer): boolean {
  return message[4] === listKeys || message[4] === signWithKey;
}

/** Cuts a stream of bytes into messages, each with its length in front. */
export class AgentMessages {
  #buffer: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
  }

  /** The next whole message, if there is one. Throws an AgentProtocolError for one that is empty or too large. */
  next(): Buffer | undefined {
    if (this.#buffer.length < 4) return undefined;
    const length = this.#buffer.readUInt32BE(0);
    if (length === 0 || length > maxMessageBytes) {
      throw new AgentProtocolError(`a message of ${length} bytes is none of an SSH agent`);
    }
    if (this.#buffer.length < 4 + length) return undefined;
    const message = this.#buffer.subarray(0, 4 + length);
    this.#buffer = this.#buffer.subarray(4 + length);
    return message;
  }
}
