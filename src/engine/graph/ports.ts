/** The ports of EXPOSE: `80`, `8000-8010/udp`, `127.0.0.1:80:8080`. */
import type { Span } from "../../base/span.ts";
import { compareBytes } from "../../base/text.ts";
import { problem } from "./problem.ts";

const form = /^(?:(?:\[[^\]]*\]|[^:/]*):)?(?:[0-9-]*:)?([0-9]+)(?:-([0-9]+))?(?:\/([A-Za-z]+))?$/;
const protocols = new Set(["tcp", "udp", "sctp"]);

/** Each with its protocol, ranges written out, sorted. Throws a BuildFailure for what is no port. */
export function exposedPorts(words: readonly string[], span: Span): readonly string[] {
  const ports = words.flatMap((word) => portsOf(word, span));
  return [...new Set(ports)].sort(compareBytes);
}

function portsOf(word: string, span: Span): readonly string[] {
  const [, first = "", last = first, protocol = "tcp"] = form.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  const known = protocols.has(protocol.toLowerCase());
  if (first === "" || to > 65_535 || to < from || !known) {
    throw problem("build/bad-instruction", `EXPOSE: ${JSON.stringify(word)} is no port`, {
      span,
      hint: "write 8080, 8000-8010, or with a protocol: 53/udp (tcp, udp and sctp are known)",
    });
  }
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`);
}
