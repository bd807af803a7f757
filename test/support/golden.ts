import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * The file holds exactly this text. `npm run golden` (UPDATE_GOLDEN=1) rewrites it; the difference is then reviewed like code.
 * `path` is from the project's root.
 */
export async function expectGolden(path: string, text: string): Promise<void> {
  const file = new URL(`../../${path}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === "1") {
    await mkdir(dirname(file.pathname), { recursive: true });
    await writeFile(file, text);
    return;
  }
  const kept = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return `(there is no ${path}: run npm run golden)`;
    throw error;
  });
  expect(text).toBe(kept);
}
