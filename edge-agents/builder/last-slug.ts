import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from "node:fs";
import { hashFile } from "./tree-index.ts";

/** Where the members of a slug lie in it, by what they were made of. */
export interface Layout {
  readonly digest: string;
  readonly members: readonly { readonly key: string; readonly bytes: number }[];
}

/** The slug of the last build, whose members are taken again. */
export interface LastSlug {
  /** Undefined: it has no such member. */
  take(key: string): Buffer | undefined;
  close(): void;
}

const layoutFile = (path: string): string => `${path}.json`;

const readLayout = (path: string): Layout | null => {
  if (!existsSync(path) || !existsSync(layoutFile(path))) return null;
  try {
    return JSON.parse(readFileSync(layoutFile(path), "utf8")) as Layout;
  } catch (error) {
    // Half-written by a crash: everything is packed again.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
};

const none: LastSlug = { take: () => undefined, close: () => {} };

/** Its bytes are checked as a whole before any is used. */
export const openLastSlug = (path: string): LastSlug => {
  const layout = readLayout(path);
  if (layout === null || `sha256:${hashFile(path, statSync(path).size)}` !== layout.digest) return none;
  const places = new Map<string, { from: number; bytes: number }>();
  let from = 0;
  for (const { key, bytes } of layout.members) {
    places.set(key, { from, bytes });
    from += bytes;
  }
  const handle = openSync(path, "r");
  return {
    take: (key) => {
      const place = places.get(key);
      if (place === undefined) return undefined;
      const content = Buffer.allocUnsafe(place.bytes);
      return readSync(handle, content, 0, place.bytes, place.from) === place.bytes ? content : undefined;
    },
    close: () => closeSync(handle),
  };
};

/** Puts what was written to `from` in its place. A crash in between leaves a layout that does not fit, which the next build sees. */
export const keepSlug = (from: string, path: string, layout: Layout): void => {
  renameSync(from, path);
  writeFileSync(layoutFile(path), JSON.stringify(layout));
};
