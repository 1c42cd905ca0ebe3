import { expect, test } from "vitest";
import { renderFunctionsDoc } from "./functions-doc.ts";

test("docs/functions.md says what the functions are", async () => {
  await expect(renderFunctionsDoc()).toMatchFileSnapshot("../../../docs/functions.md");
});
