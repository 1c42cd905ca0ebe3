/** What docs/dockerfile.md says of each code, and a Dockerfile that brings it about. */
import type { DockerfileCode } from "../../../src/dockerfile/problems.ts";

export interface Entry {
  /** What to do about it. */
  readonly fix: string;
  readonly example: string;
  /** The example as the page shows it, where it is too long. */
  readonly shown?: string;
}

const long = `FROM scratch\nLABEL text=${"x".repeat(70_000)}\n`;

export const entries: Readonly<Record<DockerfileCode, Entry>> = {
  "dockerfile/empty": { fix: "Begin with `FROM`.", example: "# nothing yet\n" },
  "dockerfile/no-stage": { fix: "Add a `FROM`.", example: "ARG VERSION=1\n" },
  "dockerfile/before-from": { fix: "Move it below `FROM`.", example: "RUN make\nFROM scratch\n" },
  "dockerfile/unknown-instruction": {
    fix: "Correct the name, or end the line above with a backslash.",
    example: "FROM scratch\nCOPPY a b\n",
  },
  "dockerfile/line-too-long": {
    fix: "Break the line, or copy the text from a file.",
    example: long,
    shown: "FROM scratch\nLABEL text=xxxxxxxxxxxxxxxx… (70,000 of them)\n",
  },
  "dockerfile/repeated-directive": { fix: "Keep one of them.", example: "# escape=`\n# escape=`\nFROM scratch\n" },
  "dockerfile/invalid-escape": {
    fix: "Use a backtick, or no directive at all.",
    example: "# escape=^\nFROM scratch\n",
  },
  "dockerfile/invalid-check": { fix: "Correct the option.", example: "# check=skp=all\nFROM scratch\n" },
  "dockerfile/unterminated-heredoc": {
    fix: "Write the name on a line of its own, without white space around it.",
    example: "FROM scratch\nCOPY <<EOF /hello\nhello\n  EOF\n",
  },
  "dockerfile/heredoc-destination": {
    fix: "Put the heredoc before the path.",
    example: "FROM scratch\nCOPY hello <<EOF\nEOF\n",
  },
  "dockerfile/unknown-flag": { fix: "Correct the flag.", example: "FROM scratch\nCOPY --form=build /a /b\n" },
  "dockerfile/repeated-flag": { fix: "Keep one of them.", example: "FROM scratch\nCOPY --chown=1 --chown=2 a b\n" },
  "dockerfile/flag-without-value": {
    fix: "Add the value after `=`.",
    example: "FROM scratch\nCOPY --from build /a /b\n",
  },
  "dockerfile/flag-not-boolean": {
    fix: "Write `true` or `false`, or nothing.",
    example: "FROM scratch\nCOPY --link=yes a b\n",
  },
  "dockerfile/ignored-flag": {
    fix: "Remove it. This is a warning.",
    example: "FROM scratch\nSTOPSIGNAL --default 9\n",
  },
  "dockerfile/missing-argument": { fix: "Add the argument.", example: "FROM scratch\nWORKDIR\n" },
  "dockerfile/missing-destination": { fix: "Add the path to copy to.", example: "FROM scratch\nCOPY hello\n" },
  "dockerfile/array-not-strings": {
    fix: "Put each item in double quotes.",
    example: 'FROM scratch\nCMD ["sleep", 5]\n',
  },
  "dockerfile/not-json": { fix: "Write a JSON array.", example: "FROM scratch\nSHELL /bin/sh -c\n" },
  "dockerfile/missing-equals": {
    fix: "Write `name=value`; quote values with spaces.",
    example: "FROM scratch\nENV A=1 B 2\n",
  },
  "dockerfile/missing-value": { fix: "Write `name=value`.", example: "FROM scratch\nENV DEBUG\n" },
  "dockerfile/blank-name": { fix: "Add the name before `=`.", example: "FROM scratch\nLABEL =value\n" },
  "dockerfile/empty-volume": { fix: "Name a path.", example: 'FROM scratch\nVOLUME ["/data", ""]\n' },
  "dockerfile/from-arguments": { fix: "Write `FROM image AS name`.", example: "FROM scratch base\n" },
  "dockerfile/invalid-stage-name": { fix: "Choose another name.", example: "FROM scratch AS 2nd\n" },
  "dockerfile/onbuild-forbidden": { fix: "Use another instruction.", example: "FROM scratch\nONBUILD FROM other\n" },
  "dockerfile/broken-trigger": {
    fix: "Correct it as if it stood alone. This is a warning, as this very build does not fail.",
    example: "FROM scratch\nONBUILD COPY hello\n",
  },
  "dockerfile/invalid-healthcheck": {
    fix: "Write `HEALTHCHECK CMD command`.",
    example: "FROM scratch\nHEALTHCHECK curl localhost\n",
  },
  "dockerfile/invalid-duration": {
    fix: "Write for example `30s`.",
    example: "FROM scratch\nHEALTHCHECK --interval=30 CMD true\n",
  },
  "dockerfile/invalid-retries": {
    fix: "Write a whole number.",
    example: "FROM scratch\nHEALTHCHECK --retries=many CMD true\n",
  },
  "dockerfile/invalid-network": {
    fix: "Write `default`, `none` or `host`.",
    example: "FROM scratch\nRUN --network=bridge true\n",
  },
  "dockerfile/invalid-security": {
    fix: "Write `sandbox` or `insecure`.",
    example: "FROM scratch\nRUN --security=off true\n",
  },
  "dockerfile/invalid-mount": {
    fix: "Correct the type or the field.",
    example: "FROM scratch\nRUN --mount=type=cash,target=/c true\n",
  },
  "dockerfile/invalid-device": { fix: "Name one device.", example: "FROM scratch\nRUN --device=a/b=c,d true\n" },
  "dockerfile/invalid-ignore-pattern": {
    fix: "Close the bracket, or put a backslash before it.",
    example: "build/[a\n",
  },
};
