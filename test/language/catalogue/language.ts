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
  "cli/no-working-folder": {
    meaning: "The folder in which the program was started does not exist any more.",
    fix: "Go to a folder that exists.",
    noExample: "A script that removes the folder it stands in, and goes on.",
  },
  "cli/output-lost": {
    meaning:
      "What a command answers cannot be written to standard output; that its reader went away (`tsbake print | head`) is none.",
    fix: "Look at the disk that standard output goes to.",
    noExample: "`tsbake print > /dev/full`",
  },
  "cli/file-not-written": {
    meaning: "A file that `tsbake fmt` changes cannot be written; it is as it was.",
    fix: "Look at the permissions of the file and its folder, and at the space on the disk.",
    noExample: "A folder of somebody else, in which `tsbake fmt` may not write.",
  },
};
