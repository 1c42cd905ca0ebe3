/**
 * The methods of `moby.buildkit.v1.frontend.LLBBridge`; import them as a namespace: `gateway.solve`. Every call carries
 * the metadata `buildkit-controlapi-buildid` with the Ref of the build it plays the frontend of.
 */
import {
  EvaluateRequest,
  EvaluateResponse,
  PingRequest,
  PongResponse,
  ReadFileRequest,
  ReadFileResponse,
  ReturnRequest,
  ReturnResponse,
  SolveRequest,
  SolveResponse,
  StatFileRequest,
  StatFileResponse,
} from "../gen/gateway.ts";
import type { Method } from "./method.ts";

export const ping: Method<PingRequest, PongResponse> = {
  path: "/moby.buildkit.v1.frontend.LLBBridge/Ping",
  request: PingRequest,
  response: PongResponse,
};

export const solve: Method<SolveRequest, SolveResponse> = {
  path: "/moby.buildkit.v1.frontend.LLBBridge/Solve",
  request: SolveRequest,
  response: SolveResponse,
};

export const evaluate: Method<EvaluateRequest, EvaluateResponse> = {
  path: "/moby.buildkit.v1.frontend.LLBBridge/Evaluate",
  request: EvaluateRequest,
  response: EvaluateResponse,
};

/** Named apart from the keyword. */
export const returnResult: Method<ReturnRequest, ReturnResponse> = {
  path: "/moby.buildkit.v1.frontend.LLBBridge/Return",
  request: ReturnRequest,
  response: ReturnResponse,
};

export const readFile: Method<ReadFileRequest, ReadFileResponse> = {
  path: "/moby.buildkit.v1.frontend.LLBBridge/ReadFile",
  request: ReadFileRequest,
  response: ReadFileResponse,
};

export const statFile: Method<StatFileRequest, StatFileResponse> = {
  path: "/moby.buildkit.v1.frontend.LLBBridge/StatFile",
  request: StatFileRequest,
  response: StatFileResponse,
};
