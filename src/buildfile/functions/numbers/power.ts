/** Powers in double precision. */

/**
 * By repeated squaring, whose last digits are those that build files have always seen; `**` rounds the last one another way now and
 * then. NaN for a negative base with an exponent that is not whole.
 */
export function power(base: number, exponent: number): number {
  // JavaScript leaves undecided what is 1 elsewhere.
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  if (exponent === 0.5) return Math.sqrt(base);
  if (exponent === -0.5) return 1 / Math.sqrt(base);
  const magnitude = Math.abs(exponent);
  if (!Number.isFinite(base) || magnitude > Number.MAX_SAFE_INTEGER) return base ** exponent;
  const truncated = Math.trunc(magnitude);
  const whole = magnitude - truncated > 0.5 ? truncated + 1 : truncated;
  let result = whole === magnitude ? 1 : Math.exp((magnitude - whole) * Math.log(base));
  let square = base;
  for (let rest = whole; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  // At the ends of the range, squares overflow before the result does.
  if (result === 0 || !Number.isFinite(result)) return base ** exponent;
  return exponent < 0 ? 1 / result : result;
}
