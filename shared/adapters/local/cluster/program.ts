import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** The file a command's first word starts, as execvp(3) would find it; undefined when there is none. */
export function programOf(name: string, around: { path: string; directory: string }): string | undefined {
  if (name.includes("/")) {
    const path = isAbsolute(name) ? name : resolve(around.directory, name);
    return isProgram(path) ? path : undefined;
  }
  return around.path
    .split(delimiter)
    .map((p) => join(resolve(around.directory, p), name))
    .find(isProgram);
}
