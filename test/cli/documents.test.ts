/** Documents whose files are written down in them: the commands they show are run on these files, and must answer what they show. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createTempFolder } from "../engine/temp-folder.ts";
import { runCommand } from "./run-command.ts";

const documents = fileURLToPath(new URL("../../docs", import.meta.url));

interface Session {
  readonly line: string;
  readonly shown: string;
}

interface Document {
  readonly files: ReadonlyMap<string, string>;
  readonly sessions: readonly Session[];
}

async function readDocument(name: string): Promise<Document> {
  const text = await readFile(join(documents, name), "utf8");
  const files = new Map<string, string>();
  const sessions: Session[] = [];
  for (const [, language, title, content = ""] of text.matchAll(/^```(\w+)(?: title="([^"]+)")?\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) files.set(title, content);
    if (language !== "console") continue;
    const [line = "", ...shown] = content.split("\n");
    sessions.push({ line, shown: shown.join("\n") });
  }
  return { files, sessions };
}

/** `$ NAME=value tsbake WORDS`, words in single quotes where they need it. */
function parseLine(line: string): { readonly environment: Record<string, string>; readonly words: readonly string[] } {
  const all = [...line.replace(/^\$ /, "").matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
  const start = all.indexOf("tsbake");
  const environment = Object.fromEntries(all.slice(0, start).map((text) => text.split("=", 2)));
  return { environment, words: all.slice(start + 1) };
}

describe.each(["includes.md", "explain.md", "inputs.md"])("docs/%s", (name) => {
  it("shows what its commands answer", async () => {
    const { files, sessions } = await readDocument(name);
    await using folder = await createTempFolder();
    for (const [path, text] of files) {
      await mkdir(join(folder.path, dirname(path)), { recursive: true });
      await writeFile(join(folder.path, path), text);
    }
    expect(sessions.length).toBeGreaterThan(1);
    for (const { line, shown } of sessions) {
      const { environment, words } = parseLine(line);
      const { stdout, stderr } = await runCommand(words, { folder: folder.path, environment });
      expect(`${line}\n${stderr}${stdout}`).toBe(`${line}\n${shown}`);
    }
  });
});
