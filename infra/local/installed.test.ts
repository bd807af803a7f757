import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { temporaryDirectory } from "../../test/temporary-directory.ts";
import { staleCount } from "./installed.ts";

test("packages that are missing or older than the lock file's are counted; optional ones are not", async () => {
  const { path: project, remove } = await temporaryDirectory();
  const write = (file: string, packages: object) => writeFile(path.join(project, file), JSON.stringify({ packages }));
  await mkdir(path.join(project, "node_modules"));
  const lock = {
    "": { version: "1" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0" },
    "node_modules/c": { version: "1.0.0", optional: true },
  };
  await write("package-lock.json", lock);
  expect(staleCount(project)).toBe(0);
  await write("node_modules/.package-lock.json", {
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0" },
  });
  expect(staleCount(project)).toBe(0);
  await write("node_modules/.package-lock.json", { "node_modules/b": { version: "1.9.0" } });
  expect(staleCount(project)).toBe(2);
  await remove();
});
