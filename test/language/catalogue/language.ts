import type { Entries } from "./entry.ts";

/** What the tools on build files say. */
export const languageEntries: Entries = {
  "format/left-alone": {
    meaning: "`tsbake fmt` formats HCL and JSON, and leaves files of other kinds as they are.",
    fix: "Nothing has to be done.",
    example: { "docker-bake.toml": "[target.app]\n" },
    circumstances: { command: ["fmt", "docker-bake.toml"] },
  },
  "convert/left-out": {
    meaning: "What means nothing in a build file is not converted.",
    fix: "Correct its spelling in the original if it is meant.",
    example: 'tragte "app" {}\n',
    circumstances: { command: ["convert", "--to", "json"] },
  },
  "convert/not-expressible": {
    meaning: "A name that JSON and TOML keep for blocks is that of an attribute.",
    fix: "Rename the attribute first.",
    example: 'target = "app"\n',
    circumstances: { command: ["convert", "--to", "json"] },
  },
  "convert/compose-values": {
    meaning: "A compose file is converted with the values its variables have now, and without its comments.",
    fix: "Declare variables in the result where the values shall stay open.",
    example: { "compose.yaml": "services:\n  app:\n    build: .\n" },
    circumstances: { command: ["convert", "--to", "hcl"] },
  },
};
