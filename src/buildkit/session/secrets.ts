/** `moby.buildkit.secrets.v1.Secrets`: hands out the secrets of a target, by id. */
import { maxSecretBytes } from "../../execute/target/secret-value.ts";
import { GetSecretRequest, GetSecretResponse } from "../gen/secrets.ts";
import type { Method } from "../rpc/method.ts";
import { unaryHandler } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import type { SessionService } from "./session.ts";

/** Resolves to the value of a secret, undefined when there is none of that id. Rejections reach the build's error message. */
export type SecretSource = (id: string) => Promise<Uint8Array | undefined>;

const getSecret: Method<GetSecretRequest, GetSecretResponse> = {
  path: "/moby.buildkit.secrets.v1.Secrets/GetSecret",
  request: GetSecretRequest,
  response: GetSecretResponse,
};

export function secretsService(source: SecretSource): SessionService {
  return new Map([
    unaryHandler(getSecret, async ({ ID: id }) => {
      const data = await source(id);
      // Required secrets fail on this, optional ones are skipped.
      if (data === undefined) throw new RpcError("NOT_FOUND", `secret ${id} not found`);
      if (data.length > maxSecretBytes) {
        throw new RpcError("INVALID_ARGUMENT", `secret ${id} is larger than ${maxSecretBytes} bytes`);
      }
      return { data };
    }),
  ]);
}
