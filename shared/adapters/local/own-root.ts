import { shellQuote } from "../../base/shell-quote.ts";
import { tool } from "./tool.ts";

/** What a program finds at a path, whatever the machine has there. */
export type Mount =
  | { readonly kind: "folder" | "file"; readonly path: string; readonly source: string }
  | { readonly kind: "memory"; readonly path: string; readonly sizeMib: number };

/** A root directory of the program's own: all that the machine's has, and its mounts. */
export interface OwnRoot {
  readonly mounts: readonly Mount[];
  /** It is `/app` too, as in an image. Folders that are missing within are made. */
  readonly app: string;
  /** A directory over which the new root is put together; it looks afterwards as before. */
  readonly scaffold: string;
}
export interface User {
  readonly uid: number;
  readonly gid: number;
}

const mount = tool("mount");

/** A path that is missing is made in a folder of ours: never in one of the machine's, which is replaced by one that leads to all it has. */
const functions = `
mirror() {
  count=$((count + 1)); real=/.pluvia/$count; ours=/.pluvia/$count-ours
  mkdir -p "$real" "$ours"
  ${mount} --rbind "$1" "$real"
  chmod "$(stat -c %a "$real")" "$ours"
  find "$real" -mindepth 1 -maxdepth 1 -exec ln -s -t "$ours" -- {} +
  ${mount} --rbind "$ours" "$1"
}
room() {
  at=$1
  while [ ! -d "$at" ]; do at=$(dirname "$at"); done
  case "$(readlink -f "$at")/" in "$app"/*) ;; *) [ "$(stat -c %d "$at")" = "$(stat -c %d /)" ] || mirror "$at" ;; esac
  mkdir -p "$1"
}
folder() { if [ ! -d "$1" ]; then room "$1"; fi; }
file() { if [ ! -f "$1" ]; then room "$(dirname "$1")"; : >"$1"; fi; }`;

function mounted(m: Mount): string {
  const path = shellQuote(m.path);
  if (m.kind === "memory") return `folder ${path}; ${mount} -t tmpfs -o mode=755,size=${m.sizeMib}m tmpfs ${path}`;
  return `${m.kind} ${path}; ${mount} --bind ${shellQuote(m.source)} ${path}`;
}

const script = ({ mounts, app, scaffold }: OwnRoot, back: readonly string[]): string =>
  [
    "set -e",
    `app=${shellQuote(app)}; new=${shellQuote(scaffold)}; count=0`,
    `${mount} -t tmpfs -o mode=755,size=4m tmpfs "$new"`,
    "for entry in /* /.[!.]*; do",
    '  if [ -L "$entry" ]; then ln -s "$(readlink "$entry")" "$new$entry"',
    `  elif [ -d "$entry" ]; then mkdir "$new$entry"; ${mount} --rbind "$entry" "$new$entry"`,
    `  elif [ -e "$entry" ]; then : >"$new$entry"; ${mount} --bind "$entry" "$new$entry"; fi`,
    "done",
    `cd "$new"; ${tool("pivot_root")} . .; ${tool("umount")} -l .; cd /; ${tool("umount")} -l "$new"`,
    '[ -e /app ] || ln -s "$app" /app',
    functions,
    ...mounts.map(mounted),
    // It stays, so that a terminal can be opened beside the program, and must not end before it.
    "trap : TERM INT HUP",
    "set +e",
    `${back.join(" ")} "$@"`,
    "exit $?",
  ].join("\n");

/** Makes the user who is nobody there again. */
const asBefore = ({ uid, gid }: User): string[] => [tool("unshare"), "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];

/**
 * The arguments before a program that give it its own root. All of it is done by the program's own user, in a user namespace of its own: a
 * mount may be put in the place of any program or library, so nothing with more rights than its owner's may run after it.
 */
export const withRoot = (root: OwnRoot, user: User): readonly string[] => [
  tool("unshare"),
  "--user",
  "--map-root-user",
  "--mount",
  "--",
  "/bin/sh",
  "-c",
  script(root, asBefore(user)),
  "sh",
];

/** The arguments before a program that is to see the root that `process` made: the first child of the confined program's init. Run by the same user. */
export const intoRoot = (process: number, user: User): readonly string[] => [
  tool("nsenter"),
  "--target",
  String(process),
  "--user",
  "--preserve-credentials",
  "--mount",
  "--",
  ...asBefore(user),
];
