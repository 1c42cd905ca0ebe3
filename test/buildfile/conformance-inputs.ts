/** The build files of the conformance suite, as texts. */
import { readdirSync, readFileSync } from "node:fs";

export interface ConformanceInput {
  readonly name: string;
  readonly text: string;
}

const folder = new URL("../conformance/cases/", import.meta.url);

/** Every file of every case whose name ends in `.hcl`, named `topic/case/file`. */
export const hclInputs: readonly ConformanceInput[] = inputs(".hcl");
export const jsonInputs: readonly ConformanceInput[] = inputs(".json");

function inputs(extension: string): readonly ConformanceInput[] {
  const found: ConformanceInput[] = [];
  for (const topic of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
    const cases: readonly { readonly name: string; readonly files?: Readonly<Record<string, string>> }[] = JSON.parse(
      readFileSync(new URL(topic, folder), "utf8"),
    );
    for (const { name, files } of cases) {
      for (const [file, text] of Object.entries(files ?? {})) {
        if (file.endsWith(extension)) found.push({ name: `${topic.replace(/\.json$/, "")}/${name}/${file}`, text });
      }
    }
  }
  return found;
}
