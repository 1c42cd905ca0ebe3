/**
 * `moby.filesync.v1.Auth`: how daemons come by access to registries. They prefer tokens that we fetch, so that passwords
 * stay here; a daemon shares a token between its clients when they prove, with a key that is made from the same
 * credentials, that they may have it.
 */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { messageOf } from "../../base/errors.ts";
import type { RegistryCredentials } from "../../registry/credentials.ts";
import type { AccessToken, TokenRequest } from "../../registry/token.ts";
import {
  CredentialsRequest,
  CredentialsResponse,
  FetchTokenRequest,
  FetchTokenResponse,
  GetTokenAuthorityRequest,
  GetTokenAuthorityResponse,
  VerifyTokenAuthorityRequest,
  VerifyTokenAuthorityResponse,
} from "../gen/auth.ts";
import type { Method } from "../rpc/method.ts";
import { unaryHandler } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import type { SessionService } from "./session.ts";

/** What the service needs; one object serves all sessions. */
export interface AuthPorts {
  /** Undefined: the registry is asked anonymously. */
  readonly credentials: (
    host: string,
    signal: AbortSignal,
    scopes?: readonly string[],
  ) => Promise<RegistryCredentials | undefined>;
  /** A secret of this client, lasting, one for each registry. */
  readonly seed: (host: string) => Promise<Uint8Array>;
  readonly fetchToken: (
    request: TokenRequest,
    credentials: RegistryCredentials | undefined,
    signal: AbortSignal,
  ) => Promise<AccessToken>;
  /** False: daemons are given the credentials and fetch tokens themselves (`BUILDKIT_NO_CLIENT_TOKEN`). */
  readonly clientTokens: boolean;
}

const service = "/moby.filesync.v1.Auth";

const credentialsMethod: Method<CredentialsRequest, CredentialsResponse> = {
  path: `${service}/Credentials`,
  request: CredentialsRequest,
  response: CredentialsResponse,
};
const fetchTokenMethod: Method<FetchTokenRequest, FetchTokenResponse> = {
  path: `${service}/FetchToken`,
  request: FetchTokenRequest,
  response: FetchTokenResponse,
};
const getAuthorityMethod: Method<GetTokenAuthorityRequest, GetTokenAuthorityResponse> = {
  path: `${service}/GetTokenAuthority`,
  request: GetTokenAuthorityRequest,
  response: GetTokenAuthorityResponse,
};
const verifyAuthorityMethod: Method<VerifyTokenAuthorityRequest, VerifyTokenAuthorityResponse> = {
  path: `${service}/VerifyTokenAuthority`,
  request: VerifyTokenAuthorityRequest,
  response: VerifyTokenAuthorityResponse,
};

export function authService(ports: AuthPorts): SessionService {
  return new Map([
    unaryHandler(credentialsMethod, async ({ Host: host }, { signal }) =>
      secretsOf(await credentialsOf(ports, host, signal)),
    ),
    unaryHandler(fetchTokenMethod, (request, { signal }) => answerToken(ports, request, signal)),
    unaryHandler(getAuthorityMethod, async ({ Host: host, Salt: salt }, { signal }) => {
      const key = await authorityKey(ports, host, salt, signal);
      return { PublicKey: createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32) };
    }),
    unaryHandler(verifyAuthorityMethod, async ({ Host: host, Payload: payload, Salt: salt }, { signal }) => {
      const key = await authorityKey(ports, host, salt, signal);
      return { Signed: Buffer.concat([sign(null, payload, key), payload]) };
    }),
  ]);
}

/** An identity token goes without a user; that is how daemons know it. */
function secretsOf(credentials: RegistryCredentials | undefined): CredentialsResponse {
  if (credentials === undefined || credentials.kind === "registry-token") return { Username: "", Secret: "" };
  if (credentials.kind === "identity-token") return { Username: "", Secret: credentials.token };
  return { Username: credentials.username, Secret: credentials.password };
}

async function answerToken(
  ports: AuthPorts,
  request: FetchTokenRequest,
  signal: AbortSignal,
): Promise<FetchTokenResponse> {
  const credentials = await ports.credentials(request.Host, signal, request.Scopes).catch(refuse);
  const asked: TokenRequest = {
    realm: request.Realm,
    service: request.Service,
    scopes: request.Scopes,
    clientId: request.ClientID,
  };
  const { token, expiresInSeconds, issuedAt } = await ports.fetchToken(asked, credentials, signal).catch(refuse);
  return {
    Token: token,
    ExpiresIn: BigInt(expiresInSeconds),
    IssuedAt: issuedAt === undefined ? 0n : BigInt(Math.floor(issuedAt.getTime() / 1000)),
  };
}

function credentialsOf(ports: AuthPorts, host: string, signal: AbortSignal): Promise<RegistryCredentials | undefined> {
  return ports.credentials(host, signal).catch(refuse);
}

function refuse(error: unknown): never {
  throw new RpcError("UNAUTHENTICATED", messageOf(error), { cause: error });
}

/** Without credentials the key says nothing of this client: a token for anybody may be shared with anybody. */
async function authorityKey(ports: AuthPorts, host: string, salt: Uint8Array, signal: AbortSignal): Promise<KeyObject> {
  if (!ports.clientTokens) throw new RpcError("UNAVAILABLE", "client side tokens disabled");
  const credentials = await credentialsOf(ports, host, signal);
  const mac = createHmac("sha256", salt);
  if (credentials !== undefined) mac.update(await ports.seed(host));
  // Ed25519 in PKCS #8: a constant header and the 32 bytes of the key.
  const header = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([header, mac.digest()]), format: "der", type: "pkcs8" });
}
