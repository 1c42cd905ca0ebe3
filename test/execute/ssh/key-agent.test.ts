import { generateKeyPairSync } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { setTimeout as after } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { agentRefusal } from "../../../src/execute/ssh/agent-messages.ts";
import { dialKeyAgent } from "../../../src/execute/ssh/key-agent.ts";
import { parsePrivateKey, type SshKey } from "../../../src/execute/ssh/private-key.ts";
import { WireReader, wireNumber, wireString, wireUint32 } from "../../../src/execute/ssh/wire.ts";

function newKey(): SshKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = parsePrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  if (!key.ok) throw new Error(key.message);
  return key.value;
}

const keys = [newKey(), newKey()];
const blobs = keys.map(({ blob }) => blob);
const list = wireString(Buffer.from([11]));
const listed = wireString(
  Buffer.concat([Buffer.from([12]), wireUint32(2), ...blobs.flatMap((blob) => [wireString(blob), wireString("")])]),
);
const signWith = (blob: Uint8Array, data: string): Buffer =>
  wireString(Buffer.concat([Buffer.from([13]), wireString(blob), wireString(data), wireUint32(0)]));

test("numbers are what they were, without zeros in front", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const wire = wireNumber(bytes);
      const magnitude = new WireReader(wire).number();
      expect(BigInt(`0x0${magnitude.toString("hex")}`)).toBe(BigInt(`0x0${Buffer.from(bytes).toString("hex")}`));
      expect(magnitude[0]).not.toBe(0);
      // The first bit would make it negative.
      expect((wire[4] ?? 0) < 0x80).toBe(true);
    }),
  );
});

test("requests are answered in order, however they are cut into pieces", async () => {
  const requests: readonly (readonly [request: Buffer, answer: Buffer])[] = [
    [list, listed],
    // Ed25519 signs the same to the same.
    ...keys.map(({ blob, sign }): readonly [Buffer, Buffer] => [
      signWith(blob, "data"),
      wireString(Buffer.concat([Buffer.from([14]), wireString(sign(Buffer.from("data"), 0))])),
    ]),
    [signWith(Buffer.from("a key it does not have"), "data"), agentRefusal],
    [wireString(Buffer.from([13, 0, 0])), agentRefusal],
    [wireString(Buffer.from([17, 1, 2, 3])), agentRefusal],
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: requests.length - 1 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      async (chosen, sizes) => {
        const asked = Buffer.concat(chosen.map((index) => requests[index]?.[0] ?? Buffer.alloc(0)));
        const agent = dialKeyAgent(keys);
        const answers = buffer(agent);
        for (let at = 0, i = 0; at < asked.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          agent.write(asked.subarray(at, at + size));
          at += size;
        }
        agent.end();
        const expected = Buffer.concat(chosen.map((index) => requests[index]?.[1] ?? Buffer.alloc(0)));
        expect((await answers).equals(expected)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("no more is answered than is read", async () => {
  const agent = dialKeyAgent(keys);
  let taken = 0;
  const count = 5000;
  for (let i = 0; i < count; i++) agent.write(list, () => taken++);
  await after(20);
  expect(taken).toBeLessThan(count / 10);
  agent.end();
  expect((await buffer(agent)).length).toBe(count * listed.length);
});
