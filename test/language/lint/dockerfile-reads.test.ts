import { expect, test } from "vitest";
import { mayRead } from "../../../src/language/lint/rules/dockerfile-reads.ts";
import { isIgnored } from "../../../src/language/lint/rules/ignore-file.ts";

test.each([
  ["COPY . /", true],
  ["COPY ./ /", true],
  ["copy / /", true],
  ["ADD --chown=1:1 . /", true],
  ['COPY ["out", "/"]', true],
  ['COPY --link ["src", "/"]', false],
  ["COPY out /", true],
  ["COPY out/docs/index.html /", true],
  ["COPY out/other /", false],
  ["COPY output /", false],
  ["COPY src /out/docs", false],
  ["COPY src \\\n  out \\\n  /", true],
  ["COPY --from=build . /", false],
  ["COPY o* /", true],
  ["COPY src/*.ts /", false],
  ["COPY ${DIR} /", true],
  ["COPY src/$X /", false],
  ["ADD https://example.test/x /", false],
  ["COPY <<EOT /x", false],
  ["ONBUILD COPY . /", true],
  ["RUN --mount=type=bind,target=/src make", true],
  ["RUN --mount=target=/src make", true],
  ["RUN --mount=type=cache,target=/src make", false],
  ["RUN --mount=type=bind,from=build,target=/src make", false],
  ["# COPY . /", false],
  ["RUN cp . /", false],
])("%j may read out/docs: %j", (line, expected) => {
  expect(mayRead(`FROM scratch\n${line}\n`, "out/docs")).toBe(expected);
});

test.each([
  ["out", true],
  ["/out/", true],
  ["out/docs", true],
  ["out/docs/x", false],
  ["docs", false],
  ["**/docs", true],
  ["*/docs", true],
  ["**", true],
  ["*\n!out", false],
  ["*\n!out\nout/docs", true],
  ["# out", false],
  ["ou", false],
  ["o*", true],
  ["**/out/**", true],
  ["[", false],
])("the ignore file %j leaves out/docs out: %j", (text, expected) => {
  expect(isIgnored("out/docs", `${text}\r\n`)).toBe(expected);
});
