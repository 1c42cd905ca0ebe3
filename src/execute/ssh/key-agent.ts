/** An SSH agent of our own, for keys that are given as files: it lists them and signs with them, and does nothing else. */
import { Duplex } from "node:stream";
import { AgentMessages, agentRefusal, listKeys, signWithKey } from "./agent-messages.ts";
import type { SshKey } from "./private-key.ts";
import { WireReader, wireString, wireUint32 } from "./wire.ts";

/** SSH_AGENT_IDENTITIES_ANSWER and SSH_AGENT_SIGN_RESPONSE. */
const keysAnswer = Buffer.from([12]);
const signatureAnswer = Buffer.from([14]);

/** A connection to the agent: requests are written, answers are read. It is destroyed by what is no request. */
export function dialKeyAgent(keys: readonly SshKey[]): Duplex {
  const requests = new AgentMessages();
  /** Takes the next request. Kept back while nobody reads the answers. */
  let proceed: (() => void) | undefined;
  return new Duplex({
    read() {
      const waiting = proceed;
      proceed = undefined;
      waiting?.();
    },
    write(chunk: Buffer, _encoding, done) {
      try {
        requests.push(chunk);
        let isRead = true;
        for (let request = requests.next(); request !== undefined; request = requests.next()) {
          isRead = this.push(answer(keys, request));
        }
        if (isRead) done();
        else proceed = done;
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    final(done) {
      this.push(null);
      done();
    },
  });
}

/** Both messages have their length in front. */
function answer(keys: readonly SshKey[], message: Buffer): Buffer {
  if (message[4] === listKeys) {
    const list = keys.flatMap(({ blob }) => [wireString(blob), wireString("")]);
    return wireString(Buffer.concat([keysAnswer, wireUint32(keys.length), ...list]));
  }
  return message[4] === signWithKey ? signature(keys, new WireReader(message.subarray(5))) : agentRefusal;
}

function signature(keys: readonly SshKey[], request: WireReader): Buffer {
  try {
    const [blob, data, flags] = [request.string(), request.string(), request.uint32()];
    const key = keys.find((each) => each.blob.equals(blob));
    if (key === undefined) return agentRefusal;
    return wireString(Buffer.concat([signatureAnswer, wireString(key.sign(data, flags))]));
  } catch {
    // A request that is cut off, or a hash that this machine's OpenSSL refuses: all the protocol can say is no.
    return agentRefusal;
  }
}
