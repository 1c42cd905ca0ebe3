/** Dockerfiles that a linter has something to say about, or on purpose nothing. */

export interface LintCase {
  readonly dockerfile: string;
  readonly ignore?: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly target?: string;
}

export const lintCases: Readonly<Record<string, LintCase>> = {
  "nothing to say": { dockerfile: 'FROM scratch\nCOPY a /b\nCMD ["x"]\n' },
  "casing of stages and AS": {
    dockerfile: "FROM scratch as Base\nfrom scratch AS other\nFrom scratch aS third\nFROM scratch AS four\n",
  },
  "casing of instructions": { dockerfile: "from scratch\nenv a=b\nCOPY a b\nRun x\ncopy c d\n" },
  "as many of both casings": { dockerfile: "FROM scratch\nenv a=b\n" },
  "empty continuations": { dockerfile: "FROM scratch\nRUN a \\\n\n  b\nRUN c \\\n# d\n e \\\n\n\n\n f\n" },
  "repeated and reserved names": {
    dockerfile: "FROM scratch AS a\nFROM scratch AS A\nFROM scratch AS scratch\nFROM a AS context\n",
  },
  "shell form": {
    dockerfile: 'FROM scratch\nCMD a\nENTRYPOINT b\nFROM scratch\nSHELL ["/x"]\nCMD a\nFROM scratch\nCMD []\n',
  },
  "shell of the base": { dockerfile: 'FROM scratch AS a\nSHELL ["/x"]\nFROM a\nCMD b\n' },
  "repeated commands": {
    dockerfile:
      'FROM scratch\nCMD ["a"]\nCMD ["b"]\ncmd ["c"]\nENTRYPOINT ["a"]\nENTRYPOINT ["a"]\nHEALTHCHECK NONE\nHEALTHCHECK CMD a\n',
  },
  "not repeated in another stage": { dockerfile: 'FROM scratch AS a\nCMD ["a"]\nFROM a\nCMD ["a"]\n' },
  maintainer: { dockerfile: "FROM scratch\nMAINTAINER me\n" },
  "legacy pairs": { dockerfile: "FROM scratch\nENV a b\nLABEL c d\nENV e=f\n" },
  "relative workdirs": {
    dockerfile: "FROM scratch AS a\nWORKDIR b\nWORKDIR c\nFROM scratch\nWORKDIR /d\nWORKDIR e\nFROM a\nWORKDIR f\n",
  },
  "workdir through a variable": {
    dockerfile: "FROM scratch\nARG D=x/y\nENV E=$D\nWORKDIR $E/z\nFROM scratch\nENV E=/a\nWORKDIR $E\n",
  },
  "undefined variables": {
    dockerfile:
      "FROM scratch\nARG NAME\nARG GIVEN=1\nCOPY $NAME $NAMES $PAHT /\nENV X=$GIVEN$NONE Y=$X\nLABEL a=${NOPE:-x} b=$X\nUSER $U\nWORKDIR /$W\nVOLUME /$V\nSTOPSIGNAL 9$S\nCOPY --chown=$O --chmod=$M a b\nARG Z=$Q\n",
  },
  "variables of a base": {
    dockerfile: "FROM scratch AS a\nENV X=1\nARG Y\nFROM a\nCOPY $X $Y $Z /\nFROM scratch\nCOPY $X /\n",
  },
  "an argument that overrules ENV, for its stage": {
    dockerfile:
      "ARG A=global\nFROM scratch AS a\nENV A=env\nARG A\nENV B=$A\nFROM a\nWORKDIR $A-$B\nFROM a\nARG A=own\nWORKDIR $A\n",
  },
  "variables in heredocs": {
    dockerfile: "FROM scratch\nCOPY <<A <<\"B\" /x/\n$NOPE '$NADA'\nA\n$NEVER\nB\nRUN <<C\n$no\nC\n",
  },
  "no variables in commands": {
    dockerfile: 'FROM scratch\nRUN echo $x\nCMD ["$x"]\nSHELL ["$x"]\nHEALTHCHECK CMD $x\nMAINTAINER $x\n',
  },
  "arguments of the build": {
    dockerfile: "ARG A\nFROM scratch\nARG A\nARG B\nCOPY $A $B $C /\n",
    buildArguments: { B: "b", C: "c" },
  },
  "predefined arguments": {
    dockerfile:
      "FROM scratch\nCOPY $TARGETARCH $HTTP_PROXY /\nARG TARGETARCH TARGETVARIANT\nCOPY $TARGETARCH $TARGETVARIANT /\n",
  },
  "undeclared arguments in FROM": {
    dockerfile: "ARG VERSION=1\nFROM scratch${VERSON} AS a\nFROM scratch$X AS b\nFROM scratch$TARGETARH\n",
    buildArguments: { VERSON: "" },
  },
  "invalid defaults": { dockerfile: "ARG A\nARG B=UPPER\nARG C=ok\nFROM ${A:-scratch}\nFROM scratch$A\n" },
  "defaults that the build replaces": {
    dockerfile: "ARG A\nARG B=Bad\nFROM $A AS a\nFROM $B\n",
    buildArguments: { A: "scratch", B: "scratch" },
  },
  platforms: {
    dockerfile:
      "FROM --platform=linux/amd64 scratch\nFROM --platform=linux/arm64 scratch AS build-arm64\nFROM --platform=$TARGETPLATFORM scratch\nFROM --platform=$BUILDPLATFORM scratch\nFROM --platform=${TARGETPLATFORM} scratch\nFROM --platform=linux/$TARGETARCH scratch\nFROM --platform=linux scratch AS x\nFROM --platform=arm scratch AS y\n",
  },
  secrets: {
    dockerfile:
      "ARG GLOBAL_TOKEN\nFROM scratch\nARG TOKEN\nARG API_KEY=1 PUBLIC_KEY=2 monkey=3 auth=4\nENV MY_PASSWORD=x secret_x=1 PASSWORDS=2 GIT_CREDENTIALS=3\nLABEL token=x\n",
  },
  ports: { dockerfile: "FROM scratch\nEXPOSE 80/TCP 53/Udp 8080:80 127.0.0.1:81:80 90\nARG P=99/Tcp\nEXPOSE $P\n" },
  "ignored files": {
    dockerfile:
      "# check=experimental=CopyIgnoredFile\nFROM scratch AS s\nFROM scratch\nCOPY a /x\nADD b/c /x\nCOPY d e /x\nCOPY --from=s a /y\nADD http://a/a /x\nCOPY . /z\nCOPY a/b ../a /a /z\n",
    ignore: "a\nb\n",
  },
  "everything ignored": {
    dockerfile: "# check=experimental=CopyIgnoredFile\nFROM scratch\nCOPY . /x\nCOPY / /y\nCOPY a /z\n",
    ignore: "*\n",
  },
  "descriptions, unasked": { dockerfile: "# who\nARG A\n# what\nFROM scratch AS b\n" },
  descriptions: {
    dockerfile:
      "# check=experimental=all\n# who\nARG A\n# A is\nARG A\n# one\n#\nARG B C\n# x\nARG B C\n# b does\nFROM scratch AS b\n# no\n\nFROM scratch AS c\n# no\nFROM scratch\n",
  },
  "an experimental rule by name": {
    dockerfile: "# check=experimental=InvalidDefinitionDescription;skip=StageNameCasing\n# x\nFROM scratch AS B\n",
  },
  "all skipped": { dockerfile: "# check=skip=all\nFROM scratch as B\nMAINTAINER x\n" },
  "some skipped": {
    dockerfile: "# check=skip=StageNameCasing, MaintainerDeprecated\nFROM scratch as B\nMAINTAINER x\n",
  },
  "triggers of a stage": {
    dockerfile: "FROM scratch AS a\nONBUILD COPY $NOPE /\nONBUILD CMD x\nONBUILD ENV k v\nFROM a\n",
  },
  "triggers that nobody asks for": { dockerfile: "FROM scratch AS a\nONBUILD CMD x\nFROM a AS b\nFROM scratch\n" },
  "one target": {
    dockerfile: "FROM scratch AS a\nCMD x\nFROM scratch AS b\nCOPY --from=a / /\nFROM scratch AS c\nCMD y\n",
    target: "B",
  },
  "stages that mounts take from": {
    dockerfile:
      "FROM scratch AS a\nCMD x\nFROM scratch AS b\nRUN --mount=from=a,target=/x y\nFROM scratch AS c\nCMD y\n",
    target: "b",
  },
  "no check beyond an error": { dockerfile: "FROM scratch\nCMD x\nENV A=${B:?no}\nCMD y\n" },
  "a backtick for an escape": { dockerfile: "# escape=`\nFROM scratch\nWORKDIR a`$b\nWORKDIR `\n c\n" },
  "braces in words": {
    dockerfile:
      "FROM scratch AS a\nARG P=a/b/c\nWORKDIR ${P#*/}\nFROM scratch AS b\nARG P=a/b/c\nWORKDIR ${P%%/*}-${P//\\//_}\n",
  },
};

export const outlineCases: Readonly<Record<string, LintCase>> = {
  "one stage": {
    dockerfile: "# A is first\nARG A=1\nARG UNUSED=2\nFROM scratch\nARG A\n# B is second\nARG B=$A-x\nARG C\n",
  },
  "a chain": {
    dockerfile:
      "ARG BASE=scratch\nARG V=1\nARG W=${V}0\n# base is below\nFROM ${BASE} AS base\nARG W\nRUN --mount=type=secret,id=s --mount=type=ssh x\nFROM base AS mid\nARG M=$W\n# top is above\nFROM mid AS Top\nRUN --mount=type=secret,target=/a/tok,required --mount=type=ssh,id=k,required=true y\n",
  },
  "files of another stage": {
    dockerfile: "FROM scratch AS a\nARG X=1\nRUN --mount=type=secret,id=q x\nFROM scratch\nARG Y\nCOPY --from=a / /\n",
  },
  "a named target": { dockerfile: "FROM scratch AS a\nARG X=1\nFROM scratch AS b\nARG Y\n", target: "a" },
  "arguments of the build": {
    dockerfile: "ARG A=1\nARG B=${A}2\nFROM scratch$B AS x\nFROM scratch\nARG A\nARG C=3\n",
    buildArguments: { A: "", B: "", C: "9" },
  },
  "a platform": { dockerfile: "ARG P=linux/amd64\nFROM --platform=$P scratch AS x-linux\nARG TARGETARCH\n" },
  "heredocs and continuations": {
    dockerfile: "FROM scratch\nARG A=1 \\\n  B=2\nRUN --mount=type=secret,id=$A <<X\nq\nX\n",
  },
  nothing: { dockerfile: "FROM scratch\n" },
};
