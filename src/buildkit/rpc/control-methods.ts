/** The methods of `moby.buildkit.v1.Control`; import them as a namespace: `control.solve`. */
import {
  BuildHistoryEvent,
  BuildHistoryRequest,
  InfoRequest,
  InfoResponse,
  ListWorkersRequest,
  ListWorkersResponse,
  SolveRequest,
  SolveResponse,
  StatusRequest,
  StatusResponse,
  UpdateBuildHistoryRequest,
  UpdateBuildHistoryResponse,
} from "../gen/control.ts";
import type { Method } from "./method.ts";

export const solve: Method<SolveRequest, SolveResponse> = {
  path: "/moby.buildkit.v1.Control/Solve",
  request: SolveRequest,
  response: SolveResponse,
};

/** Server stream. */
export const status: Method<StatusRequest, StatusResponse> = {
  path: "/moby.buildkit.v1.Control/Status",
  request: StatusRequest,
  response: StatusResponse,
};

export const listWorkers: Method<ListWorkersRequest, ListWorkersResponse> = {
  path: "/moby.buildkit.v1.Control/ListWorkers",
  request: ListWorkersRequest,
  response: ListWorkersResponse,
};

export const info: Method<InfoRequest, InfoResponse> = {
  path: "/moby.buildkit.v1.Control/Info",
  request: InfoRequest,
  response: InfoResponse,
};

/** Server stream. */
export const listenBuildHistory: Method<BuildHistoryRequest, BuildHistoryEvent> = {
  path: "/moby.buildkit.v1.Control/ListenBuildHistory",
  request: BuildHistoryRequest,
  response: BuildHistoryEvent,
};

export const updateBuildHistory: Method<UpdateBuildHistoryRequest, UpdateBuildHistoryResponse> = {
  path: "/moby.buildkit.v1.Control/UpdateBuildHistory",
  request: UpdateBuildHistoryRequest,
  response: UpdateBuildHistoryResponse,
};

/** A bidirectional stream of BytesMessage that carries a whole HTTP/2 connection; opened by `openSession`. */
export const sessionPath: string = "/moby.buildkit.v1.Control/Session";
