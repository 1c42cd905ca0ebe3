import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run-process.ts";

/** A certificate and its key, in PEM, as files and as text. */
export interface Identity {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly authority: Identity;
  /** For `localhost`, `127.0.0.1` and `builder.test`. */
  readonly server: Identity;
  readonly client: Identity;
}

const serverNames = "DNS:localhost,DNS:builder.test,IP:127.0.0.1";

/** Makes an authority and the two certificates it signs, valid for two days, in an existing folder. Needs openssl. */
export async function createCertificates(folder: string): Promise<Certificates> {
  const authority = await createAuthority(folder);
  const server = await createSigned(folder, "server", authority, [
    `subjectAltName=${serverNames}`,
    "extendedKeyUsage=serverAuth",
  ]);
  const client = await createSigned(folder, "client", authority, ["extendedKeyUsage=clientAuth"]);
  return { authority, server, client };
}

async function createAuthority(folder: string): Promise<Identity> {
  const { certFile, keyFile } = filesOf(folder, "ca");
  await createKey(keyFile);
  const subject = ["-subj", "/CN=tsbake test authority"];
  await run("openssl", ["req", "-x509", "-new", "-key", keyFile, "-out", certFile, "-days", "2", ...subject]);
  return read(certFile, keyFile);
}

async function createSigned(
  folder: string,
  name: string,
  authority: Identity,
  extensions: readonly string[],
): Promise<Identity> {
  const { certFile, keyFile } = filesOf(folder, name);
  const requestFile = join(folder, `${name}.csr`);
  const extensionFile = join(folder, `${name}.ext`);
  await createKey(keyFile);
  await writeFile(extensionFile, extensions.join("\n"));
  await run("openssl", ["req", "-new", "-key", keyFile, "-out", requestFile, "-subj", `/CN=tsbake test ${name}`]);
  const signer = ["-CA", authority.certFile, "-CAkey", authority.keyFile, "-CAcreateserial"];
  const request = ["-in", requestFile, "-extfile", extensionFile];
  await run("openssl", ["x509", "-req", ...request, ...signer, "-out", certFile, "-days", "2"]);
  return read(certFile, keyFile);
}

async function createKey(file: string): Promise<void> {
  await run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file]);
}

async function read(certFile: string, keyFile: string): Promise<Identity> {
  const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
  return { certFile, keyFile, cert, key };
}

function filesOf(folder: string, name: string): { readonly certFile: string; readonly keyFile: string } {
  return { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
}
