/** From a statement to the instruction it writes. */
import { nearestName } from "../../base/suggest.ts";
import type { Instruction } from "../instruction.ts";
import { problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { type Build, type Context, keywordSpan } from "./context.ts";
import { buildAdd, buildCopy } from "./copy.ts";
import { buildHealthcheck } from "./healthcheck.ts";
import { buildArg, buildEnv, buildLabel } from "./key-values.ts";
import { buildOnbuild } from "./onbuild.ts";
import { buildRun } from "./run.ts";
import {
  buildCommand,
  buildExpose,
  buildMaintainer,
  buildShell,
  buildStopSignal,
  buildUser,
  buildVolume,
  buildWorkdir,
} from "./single.ts";

const builds: Readonly<Record<Instruction["keyword"], Build>> = {
  ADD: buildAdd,
  ARG: buildArg,
  CMD: buildCommand("CMD"),
  COPY: buildCopy,
  ENTRYPOINT: buildCommand("ENTRYPOINT"),
  ENV: buildEnv,
  EXPOSE: buildExpose,
  HEALTHCHECK: buildHealthcheck,
  LABEL: buildLabel,
  MAINTAINER: buildMaintainer,
  ONBUILD: buildOnbuild,
  RUN: buildRun,
  SHELL: buildShell,
  STOPSIGNAL: buildStopSignal,
  USER: buildUser,
  VOLUME: buildVolume,
  WORKDIR: buildWorkdir,
};

const byKeyword: ReadonlyMap<string, Build> = new Map(Object.entries(builds));

/** Any instruction but FROM. Undefined when too much is wrong with it, which the problems say. */
export function buildInstruction(statement: Statement, context: Context): Instruction | undefined {
  const build = byKeyword.get(statement.keyword.text.toUpperCase());
  if (build === undefined) tellUnknown(statement, context);
  return build?.(statement, context);
}

function tellUnknown(statement: Statement, { problems }: Context): void {
  const written = statement.keyword.text;
  const near = nearestName(written.toUpperCase(), ["FROM", ...byKeyword.keys()]);
  const message =
    written === "" ? "a continuation leads nowhere" : `there is no instruction ${JSON.stringify(written)}`;
  const hint =
    near === undefined
      ? "where it belongs to the line above, end that with a backslash"
      : `did you mean ${written === written.toLowerCase() ? near.toLowerCase() : near}?`;
  problems.add(problem("dockerfile/unknown-instruction", keywordSpan(statement), message, { hint }));
}
