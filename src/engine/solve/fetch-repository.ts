/** Repositories, fetched with what the target gives to get into them. */
import { isGitOverSsh } from "../../buildfile/attributes/context.ts";
import type { GitCheckout, GitRequest } from "../source/sources.ts";
import type { StepTools } from "./perform-context.ts";
import type { EngineServices } from "./services.ts";

export interface RepositoryOptions {
  readonly services: EngineServices;
  readonly tools: Pick<StepTools, "grants" | "secret" | "agent">;
  readonly signal: AbortSignal;
}

/** Over ssh with the target's agent `default`, over https with its secrets `GIT_AUTH_TOKEN` and `GIT_AUTH_HEADER`. Rejects as the source does. */
export async function fetchRepository(
  request: Omit<GitRequest, "secret" | "sshSocket" | "grant">,
  { services, tools, signal }: RepositoryOptions,
): Promise<GitCheckout> {
  const grant = tools.grants.repository(request.address);
  const agent = isGitOverSsh(request.address) ? await tools.agent("default") : undefined;
  const secret = async (id: string): Promise<string | undefined> => {
    const value = await tools.secret(id);
    return value === undefined ? undefined : Buffer.from(value).toString("utf8");
  };
  try {
    const granted = grant === undefined ? {} : { grant };
    const access = { secret, ...granted, ...(agent === undefined ? {} : { sshSocket: agent.socket }) };
    return await services.sources.git({ ...request, ...access }, signal);
  } finally {
    await agent?.close();
  }
}
