import { expect, test } from "vitest";
import { parsePorts } from "../../src/dockerfile/ports.ts";

test.each<[string, readonly string[], boolean]>([
  ["80", ["80/tcp"], false],
  ["53/UDP", ["53/udp"], false],
  ["80/", ["80/tcp"], false],
  ["8000-8002/sctp", ["8000/sctp", "8001/sctp", "8002/sctp"], false],
  ["8080:80", ["80/tcp"], true],
  ["1-2:80", ["80/tcp"], true],
  ["127.0.0.1::80", ["80/tcp"], true],
  ["[::1]:81:80", ["80/tcp"], true],
])("%s", (word, ports, mapped) => {
  expect(parsePorts(word)).toMatchObject({ ok: true, value: { ports, mapped } });
});

test.each(["", "/tcp", "80/icmp", "x", "2-1", "65536", "-1", "1-", "x:80", "1.2.3:1:80", "1-3:4-5", "999.1.1.1::80"])(
  "%j is no port",
  (word) => {
    expect(parsePorts(word).ok).toBe(false);
  },
);
