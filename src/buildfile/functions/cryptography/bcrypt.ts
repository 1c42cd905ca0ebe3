/** Password hashes. */
import { FunctionFailure } from "../../hcl/function.ts";
import { loadBcrypt } from "./load.ts";

export const defaultCost = 10;
const lowestCost = 4;
const highestCost = 31;
/** Each step doubles the time: this one takes many seconds, in which nothing can be interrupted. */
export const bearableCost = 16;

const longestPassword = 72;

/** `$2a$` with the cost, salt and hash. `salt` has 16 bytes. */
export function bcryptHash(password: string, cost: number, salt: Uint8Array): string {
  if (cost < lowestCost || cost > highestCost) {
    throw new FunctionFailure(`the cost must be between ${lowestCost} and ${highestCost}, but is ${cost}`, 1);
  }
  if (cost > bearableCost) {
    const message = `a cost of ${cost} would take too long to compute while a build file is read; ${bearableCost} is the most`;
    throw new FunctionFailure(message, 1);
  }
  const length = Buffer.byteLength(password);
  if (length > longestPassword) {
    throw new FunctionFailure(`has ${length} bytes, but bcrypt hashes only the first ${longestPassword}`, 0);
  }
  const { encodeBase64, hashSync } = loadBcrypt();
  const settings = `$2a$${String(cost).padStart(2, "0")}$${encodeBase64(salt, salt.length)}`;
  return hashSync(password, settings);
}
