/** The methods of `containerd.services.content.v1.Content` that a daemon offers: reading the blobs of build records. */
import { ReadContentRequest, ReadContentResponse } from "../gen/content.ts";
import type { Method } from "./method.ts";

/** Server stream. */
export const read: Method<ReadContentRequest, ReadContentResponse> = {
  path: "/containerd.services.content.v1.Content/Read",
  request: ReadContentRequest,
  response: ReadContentResponse,
};
