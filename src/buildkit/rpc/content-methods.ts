/** The methods of `containerd.services.content.v1.Content` that a daemon offers: its blobs are asked for and read, never written. */
import { InfoRequest, InfoResponse, ReadContentRequest, ReadContentResponse } from "../gen/content.ts";
import type { Method } from "./method.ts";

const service = "/containerd.services.content.v1.Content";

/** Server stream. */
export const read: Method<ReadContentRequest, ReadContentResponse> = {
  path: `${service}/Read`,
  request: ReadContentRequest,
  response: ReadContentResponse,
};

/** Answers NOT_FOUND for a blob that is not there. */
export const info: Method<InfoRequest, InfoResponse> = {
  path: `${service}/Info`,
  request: InfoRequest,
  response: InfoResponse,
};
