import { BuildFailure } from "./failure.ts";

/** What an archive says of one of its entries; nothing of it is believed. */
export interface ArchiveEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "hard-link" | "other";
  readonly executable: boolean;
  /** Of a link: where it points. Of a hard link: the path of the file it is. */
  readonly target: string | null;
}

/** An entry that may be written, under a path that stays inside. */
export interface SafeEntry {
  readonly path: string;
  readonly kind: "file" | "directory" | "link" | "hard-link";
  readonly executable: boolean;
  readonly target: string;
}

export interface ArchiveLimits {
  readonly entries: number;
  readonly bytes: number;
}

export interface ArchiveGuard {
  /** The entry as it may be written; null: leave it out. @throws BuildFailure `archive.*`. */
  accept(entry: ArchiveEntry): SafeEntry | null;
  /** Counts what comes out, as it comes. @throws BuildFailure `archive.too-large`. */
  count(bytes: number): void;
  /** What was left out, by reason. */
  skipped(): ReadonlyMap<string, number>;
}

const pathMax = 1_000;
const partMax = 255;
const depthMax = 64;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be found.
const controls = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]/;

const shown = (name: string): string => JSON.stringify(name.slice(0, 120)).slice(1, -1);

export const refusedArchive = (
  code: string,
  message: string,
  next = "Make the archive anew from the files themselves.",
): BuildFailure => new BuildFailure(code, message, next);

/** How file systems that know no capital letters, or fold characters, would see a path. */
const folded = (path: string): string => path.normalize("NFKC").toLowerCase();

/** `.git` in any form that some file system takes for it. */
const isRepository = (part: string): boolean => /^(\.git|git~\d+)[ .]*$/i.test(part.normalize("NFKC").replace(/::.*$/, ""));

const isLitter = (part: string): boolean => part === "__MACOSX" || part === ".DS_Store" || part.startsWith("._");

const checkName = (name: string): void => {
  if (name === "") throw refusedArchive("archive.name", "The archive has an entry without a name.");
  if (controls.test(name))
    throw refusedArchive(
      "archive.name",
      `The archive has a name with control or invisible characters: ${shown(name)}.`,
      "Rename the file.",
    );
  if (name.includes("\\"))
    throw refusedArchive(
      "archive.name",
      `The archive has a name with a backslash: ${shown(name)}.`,
      "Make the archive with a tool that writes / between folders.",
    );
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name))
    throw refusedArchive("archive.path", `The archive has an absolute path: ${shown(name)}.`);
};

/** The parts of a path that stays inside. */
const partsOf = (name: string): readonly string[] => {
  checkName(name);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refusedArchive("archive.path", `The archive has a path that leads out of it: ${shown(name)}.`);
  if (parts.some((part) => new TextEncoder().encode(part).length > partMax) || name.length > pathMax || parts.length > depthMax)
    throw refusedArchive(
      "archive.name",
      `The archive has a path that is too long or too deep: ${shown(name)}.`,
      "Shorten the names.",
    );
  return parts;
};

/** Whether a link at `path` leads out, at any step of the way. */
export const leavesFolder = (path: string, target: string): boolean => {
  if (target.startsWith("/") || /^[A-Za-z]:/.test(target)) return true;
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "." && part !== "") depth += 1;
    if (depth < 0) return true;
  }
  return false;
};

type Taken = { readonly path: string; readonly kind: SafeEntry["kind"] };

const clash = (path: string, other: Taken): BuildFailure =>
  other.path === path
    ? refusedArchive("archive.twice", `The archive has ${shown(path)} twice.`)
    : refusedArchive(
        "archive.case",
        `The archive has two names that differ only in capital letters or accents: ${shown(other.path)} and ${shown(path)}.`,
        "Rename one of them.",
      );

/** Remembers what an archive has written, so that no later entry goes through a link, over a file or out of the folder. */
const ledger = () => {
  const taken = new Map<string, Taken>();
  const directory = (path: string): void => {
    const other = taken.get(folded(path));
    if (!other) taken.set(folded(path), { path, kind: "directory" });
    else if (other.path !== path) throw clash(path, other);
    else if (other.kind === "link") throw refusedArchive("archive.link", `The archive writes through the link ${shown(path)}.`);
    else if (other.kind !== "directory")
      throw refusedArchive("archive.twice", `The archive uses ${shown(path)} as a file and as a folder.`);
  };
  return {
    directories: (parts: readonly string[]): void => {
      for (let count = 1; count <= parts.length; count++) directory(parts.slice(0, count).join("/"));
    },
    claim: (path: string, kind: SafeEntry["kind"]): void => {
      const other = taken.get(folded(path));
      if (other) throw clash(path, other);
      taken.set(folded(path), { path, kind });
    },
    isFile: (path: string): boolean => {
      const other = taken.get(folded(path));
      return other?.path === path && (other.kind === "file" || other.kind === "hard-link");
    },
  };
};

const linkTarget = (path: string, target: string | null): string => {
  if (target === null || target === "" || controls.test(target) || target.includes("\\") || target.length > pathMax)
    throw refusedArchive("archive.link", `The link ${shown(path)} points to nothing that can be named.`);
  if (leavesFolder(path, target))
    throw refusedArchive(
      "archive.link",
      `The link ${shown(path)} points out of the archive.`,
      "Remove the link, or make it point to a file of the archive.",
    );
  if (target.split("/").some(isRepository))
    throw refusedArchive("archive.link", `The link ${shown(path)} points into a repository's own folder.`);
  return target;
};

export const guardArchive = (limits: ArchiveLimits): ArchiveGuard => {
  const written = ledger();
  const skipped = new Map<string, number>();
  let entries = 0;
  let bytes = 0;
  const skip = (reason: string): null => {
    skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    return null;
  };
  const targetOf = (entry: ArchiveEntry, path: string): string => {
    if (entry.kind === "link") return linkTarget(path, entry.target);
    if (entry.kind !== "hard-link") return "";
    const target = partsOf(entry.target ?? "").join("/");
    if (!written.isFile(target))
      throw refusedArchive("archive.link", `The hard link ${shown(path)} is of no earlier file of the archive.`);
    return target;
  };
  return {
    accept: (entry) => {
      entries += 1;
      if (entries > limits.entries)
        throw refusedArchive(
          "archive.too-many",
          `The archive has more than ${limits.entries} entries.`,
          "Leave generated files and dependencies out.",
        );
      const parts = partsOf(entry.name);
      if (parts.length === 0) return null;
      if (parts.some(isRepository)) return skip(".git folders");
      if (parts.some(isLitter)) return skip("files of the file manager");
      const path = parts.join("/");
      if (entry.kind === "other")
        throw refusedArchive(
          "archive.special",
          `${shown(path)} is neither a file nor a folder nor a link.`,
          "Leave devices, pipes and sockets out.",
        );
      const target = targetOf(entry, path);
      written.directories(entry.kind === "directory" ? parts : parts.slice(0, -1));
      if (entry.kind !== "directory") written.claim(path, entry.kind);
      return { path, kind: entry.kind, executable: entry.executable, target };
    },
    count: (more) => {
      bytes += more;
      if (bytes > limits.bytes)
        throw refusedArchive(
          "archive.too-large",
          `The archive unpacks to more than ${Math.round(limits.bytes / 1024 / 1024)} MiB.`,
          "Leave out what the build does not need, or ask the operator for a higher limit.",
        );
    },
    skipped: () => skipped,
  };
};
