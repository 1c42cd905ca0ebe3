/** The few styles the command line uses; plain where colour is not wanted. chalk is loaded only when it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly success: (text: string) => string;
  readonly help: (text: string) => string;
}

const same = (text: string): string => text;

export const plainStyle: Style = {
  bold: same,
  dim: same,
  error: same,
  warning: same,
  success: same,
  help: same,
};

/** The style for a stream: `NO_COLOR` and `FORCE_COLOR` decide before the terminal does. */
export async function styleFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Style> {
  if (!wantsColor(stream, environment)) return plainStyle;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level: 1 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    error: (text) => chalk.red.bold(text),
    warning: (text) => chalk.yellow.bold(text),
    success: (text) => chalk.green(text),
    help: (text) => chalk.cyan(text),
  };
}

function wantsColor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (environment.NO_COLOR) return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && environment.TERM !== "dumb";
}
