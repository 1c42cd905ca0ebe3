/** Signals a container may be stopped with. */

const names: ReadonlySet<string> = new Set(
  (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN " +
    "TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
  ).split(" "),
);

/** A whole number other than 0 (systems have signals of their own), or a name with or without SIG; `RTMIN+1` … `RTMIN+15`, `RTMAX-14` … `RTMAX-1` are names too. */
export function isSignal(text: string): boolean {
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, "");
  const [, above] = /^RTMIN\+([0-9]{1,2})$/.exec(name) ?? [];
  const [, below] = /^RTMAX-([0-9]{1,2})$/.exec(name) ?? [];
  if (above !== undefined) return Number(above) >= 1 && Number(above) <= 15;
  if (below !== undefined) return Number(below) >= 1 && Number(below) <= 14;
  return names.has(name);
}
