import { readdirSync } from "node:fs";
import { demos } from "./demos.ts";

test("every demo that ships is named, and no other", () => {
  const folders = readdirSync(new URL("../../infra/local/demos", import.meta.url), { withFileTypes: true });
  expect([...demos].sort()).toEqual(folders.flatMap((each) => (each.isDirectory() ? [each.name] : [])).sort());
});
