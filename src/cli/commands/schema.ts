/** `tsbake schema`: the JSON Schema of build files. */
import { renderSchema } from "../../language/schema/build-file-schema.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../flag.ts";

export const schemaCommand: Command = {
  usage: "",
  description:
    "Prints the JSON Schema of build files in JSON and TOML, with which editors complete and check them. " +
    "The package holds it as schemas/tsbake.schema.json.",
  flags: [],
  examples: [["tsbake schema > tsbake.schema.json", 'for "$schema": "./tsbake.schema.json" in a build file']],
  run: async ({ words }, { stdout }) => {
    if (words.length > 0) throw new UsageError(`schema takes no words, found ${words.join(" ")}`);
    stdout.write(renderSchema());
    return exitCode.done;
  },
};
