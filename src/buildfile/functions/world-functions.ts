/** What the machine tells, and bytes, which nothing in the language makes. */
import { FunctionFailure, type ValueFunction } from "../hcl/function.ts";
import { describeValue } from "../hcl/type.ts";
import { anyType, numberType, stringValue } from "../hcl/value.ts";
import { define, type FunctionTable } from "./define.ts";

export const worldFunctions: FunctionTable = {
  homedir: define("The home folder of the user.", {}, (_, world) => stringValue(world.homeFolder)),
  byteslen: ofBytes("The number of bytes of a byte buffer, which no function makes; use strlen for strings.", {}),
  bytesslice: ofBytes("A part of a byte buffer, which no function makes; use substr for strings.", {
    offset: numberType,
    length: numberType,
  }),
};

function ofBytes(description: string, more: Parameters<typeof define>[1]): ValueFunction {
  return define(description, { buf: anyType, ...more }, (args) => {
    throw new FunctionFailure(`must be a byte buffer, not ${describeValue(args.value(0))}`, 0);
  });
}
