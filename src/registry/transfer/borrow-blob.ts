/** Spares an upload: another repository of the registry may lend the blob ("mount"). */
import { TsbakeError } from "../../base/errors.ts";
import { repositoryScope } from "../access/scope.ts";
import type { HostCall, RegistryHost } from "../host/registry-host.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import type { BlobPush } from "./push-blob.ts";

type CallTo = (method: HostCall["method"], to: string | URL) => HostCall;

/** Repositories that are asked before a blob is uploaded. */
const mostLenders = 3;

/** Asks for the blob of other repositories; what comes of it otherwise may be an upload that was begun instead, by its answer. */
export async function borrowBlob(
  host: RegistryHost,
  push: BlobPush,
  callTo: CallTo,
): Promise<"mounted" | HttpAnswer | undefined> {
  const { name, mountFrom = [] } = push;
  let begun: HttpAnswer | undefined;
  for (const from of mountFrom.filter((each) => each !== name.repository).slice(0, mostLenders)) {
    const answer = await askToLend(host, push, from, callTo);
    if (answer?.status !== 201 && answer?.status !== 202) continue;
    if (begun !== undefined) await cancel(host, begun, push, callTo);
    if (answer.status === 201) return "mounted";
    begun = answer;
  }
  return begun;
}

/** Who may not, or cannot, lend it is no reason not to upload it. */
async function askToLend(
  host: RegistryHost,
  { name, descriptor, scopes }: BlobPush,
  from: string,
  callTo: CallTo,
): Promise<HttpAnswer | undefined> {
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const call = callTo("POST", `${name.repository}/blobs/uploads/?${query}`);
  try {
    const answer = await host.send({ ...call, scopes: [...scopes, repositoryScope(from, "pull")] });
    answer.discard();
    return answer;
  } catch (error) {
    if (error instanceof TsbakeError && !error.retryable) return undefined;
    throw error;
  }
}

async function cancel(host: RegistryHost, begun: HttpAnswer, { signal }: BlobPush, callTo: CallTo): Promise<void> {
  try {
    const answer = await host.sendOnce(callTo("DELETE", host.locationOf(begun, "an upload")));
    answer.discard();
  } catch {
    // It runs out by itself.
    signal.throwIfAborted();
  }
}
