/** Lets a node use the registry credentials of the machine we run on; one service for all builds of the node. */
import { parseBoolean } from "../../base/boolean.ts";
import { dockerConfigFolder, type HostEnvironment, variable } from "../../base/host-environment.ts";
import { createCredentialStore } from "../../registry/credentials.ts";
import type { HttpClient } from "../../registry/http/http-client.ts";
import { createTokenSeeds } from "../../registry/token-seeds.ts";
import { authService } from "../session/auth.ts";
import type { SessionService } from "../session/session.ts";

/** Nothing is read before a node asks. */
export function registryAuth(host: HostEnvironment): SessionService {
  const store = createCredentialStore(host);
  let http: HttpClient | undefined;
  const seeds = createTokenSeeds(dockerConfigFolder(host));
  return authService({
    credentials: (registry, signal, scopes) => store.find(registry, signal, scopes),
    seed: (registry) => seeds.seed(registry),
    fetchToken: async (request, credentials, signal) => {
      // Most builds need no token, and fetching one takes an HTTPS client. Connections that are idle keep nothing alive.
      const [{ fetchToken }, { openHttp }] = await Promise.all([
        import("../../registry/token.ts"),
        import("../../registry/http/http-client.ts"),
      ]);
      http ??= openHttp(host);
      return fetchToken(request, credentials, { http, signal });
    },
    clientTokens: parseBoolean(variable(host, "BUILDKIT_NO_CLIENT_TOKEN") ?? "") !== true,
  });
}
