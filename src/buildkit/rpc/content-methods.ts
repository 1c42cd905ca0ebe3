/** The methods of `containerd.services.content.v1.Content` that a daemon offers: reading the blobs of build records. */
import { InfoRequest, InfoResponse, ReadContentRequest, ReadContentResponse } from "../gen/content.ts";
import type { Method } from "./method.ts";

export const info: Method<InfoRequest, InfoResponse> = {
  path: "/containerd.services.content.v1.Content/Info",
  request: InfoRequest,
  response: InfoResponse,
};

/** Server stream. */
export const read: Method<ReadContentRequest, ReadContentResponse> = {
  path: "/containerd.services.content.v1.Content/Read",
  request: ReadContentRequest,
  response: ReadContentResponse,
};
