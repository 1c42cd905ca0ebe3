/** `grpc.health.v1.Health`: daemons ask every five seconds and give the build up when two answers are missing. */
import { HealthCheckRequest, HealthCheckResponse, HealthCheckResponse_ServingStatus } from "../gen/health.ts";
import type { Method } from "../rpc/method.ts";
import { unaryHandler } from "../rpc/server.ts";
import type { SessionService } from "./session.ts";

const check: Method<HealthCheckRequest, HealthCheckResponse> = {
  path: "/grpc.health.v1.Health/Check",
  request: HealthCheckRequest,
  response: HealthCheckResponse,
};

export function healthService(): SessionService {
  return new Map([unaryHandler(check, async () => ({ status: HealthCheckResponse_ServingStatus.SERVING }))]);
}
