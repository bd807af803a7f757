export interface TreeEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link";
}

/**
 * A read-only view of a source. Paths are relative to its root with forward slashes; `""` is the root. Links are never followed:
 * a path through one does not exist.
 */
export interface SourceTree {
  /** A regular file or a directory. */
  has(path: string): boolean;
  /** Text of a regular file of at most `readMaxBytes`; undefined for anything else. */
  read(path: string): string | undefined;
  /** Sorted by name, at most `listMax` entries; empty when it is not a directory. */
  list(directory: string): readonly TreeEntry[];
}

/** Manifests are small; the largest lock file seen in the wild is about 4 MB. */
export const readMaxBytes = 16 * 1024 * 1024;
/** Detection looks at names only; a folder with more entries than this has no manifest worth finding behind them. */
export const listMax = 10_000;

/** The same tree seen from one of its folders. */
export const subTree = (tree: SourceTree, directory: string): SourceTree => {
  const root = directory.replace(/^\.?\/+|\/+$/g, "");
  if (root === "" || root === ".") return tree;
  const at = (path: string): string => (path === "" ? root : `${root}/${path}`);
  return { has: (path) => tree.has(at(path)), read: (path) => tree.read(at(path)), list: (path) => tree.list(at(path)) };
};

/** A tree of the given files: for tests, and for looking at what is not on disk. */
export const memoryTree = (files: Readonly<Record<string, string>>): SourceTree => {
  const entriesOf = (directory: string): readonly TreeEntry[] => {
    const prefix = directory === "" ? "" : `${directory}/`;
    const kinds = new Map<string, TreeEntry["kind"]>();
    for (const path of Object.keys(files)) {
      if (!path.startsWith(prefix)) continue;
      const [name = "", ...below] = path.slice(prefix.length).split("/");
      kinds.set(name, below.length > 0 ? "directory" : "file");
    }
    return [...kinds].map(([name, kind]) => ({ name, kind })).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return {
    has: (path) => path in files || entriesOf(path).length > 0,
    read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
    list: entriesOf,
  };
};

/** Files (not directories) below `directory` whose name passes, at most `depth` folders down; dependency folders are not entered. */
export const findFiles = (
  tree: SourceTree,
  options: { directory?: string; depth: number; accept: (name: string) => boolean },
): readonly string[] => {
  const found: string[] = [];
  const visit = (directory: string, depth: number): void => {
    for (const entry of tree.list(directory)) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.kind === "file" && options.accept(entry.name)) found.push(path);
      if (entry.kind === "directory" && depth > 0 && !neverEntered.has(entry.name)) visit(path, depth - 1);
    }
  };
  visit(options.directory ?? "", options.depth);
  return found;
};
const neverEntered = new Set([".git", "node_modules", "vendor", "target", "dist", "build", ".venv", "venv", "__pycache__"]);
