/** Private keys of ssh as files: enough of the formats to tell whether one can be used without a passphrase. */

const openSshMagic = "openssh-key-v1\0";

export function privateKeyState(text: string): "plain" | "encrypted" | "none" {
  const [, label, body = ""] = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([^-]*)/.exec(text) ?? [];
  if (label === undefined) return "none";
  if (label === "OPENSSH PRIVATE KEY") return openSshState(body);
  return label.startsWith("ENCRYPTED") || /^DEK-Info:|^Proc-Type:.*ENCRYPTED/m.test(text) ? "encrypted" : "plain";
}

/** After the magic come the length and name of the cipher; `none` is no cipher. */
function openSshState(body: string): "plain" | "encrypted" | "none" {
  const start = body.replace(/\s/g, "").slice(0, 64);
  if (!/^[A-Za-z0-9+/]{32,}$/.test(start)) return "none";
  const decoded = atob(start.slice(0, start.length - (start.length % 4)));
  if (!decoded.startsWith(openSshMagic)) return "none";
  return decoded.slice(openSshMagic.length).startsWith("\0\0\0\u0004none") ? "plain" : "encrypted";
}
