/** The exit codes, a contract (see the README): scripts and Makefiles decide on them. */
export const exitCode = {
  done: 0,
  buildFailed: 1,
  wrongInput: 2,
  environment: 3,
  partlyPublished: 4,
  /** A bug in tsbake; the number is EX_SOFTWARE of sysexits. */
  bug: 70,
  interrupted: 130,
} as const;

/** One of these, or the status that a frontend asks for which was asked to check something (1 to 255). */
export type ExitCode = number;
