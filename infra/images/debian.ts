import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import type { File, Files, Link } from "./oci.ts";

interface Package {
  /** Those it needs, each with what may stand for it. */
  readonly needs: readonly (readonly string[])[];
}

/** `libc6 (>= 2.34), perl | perl5`: names alone. */
const needsOf = (text: string): string[][] =>
  text
    .split(",")
    .map((one) => one.split("|").flatMap((name) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(name)?.[1] ?? []))
    .filter((names) => names.length > 0);

/** What is installed on this machine, by name and by what it provides. */
function installed(): ReadonlyMap<string, { readonly name: string } & Package> {
  const fields = ["db:Status-Abbrev", "Package", "Depends", "Pre-Depends", "Provides"];
  const form = `${fields.map((field) => `\${${field}}`).join("\t")}\n`;
  const lines = execFileSync("dpkg-query", ["-W", `-f=${form}`], { encoding: "utf8", maxBuffer: 64 * 2 ** 20 }).split("\n");
  const known = new Map<string, { readonly name: string } & Package>();
  for (const line of lines) {
    const [status = "", name = "", depends = "", before = "", provides = ""] = line.split("\t");
    if (!status.startsWith("ii")) continue;
    const one = { name, needs: [...needsOf(depends), ...needsOf(before)] };
    known.set(name, one);
    for (const [other = ""] of needsOf(provides)) if (!known.has(other)) known.set(other, one);
  }
  return known;
}

/** Texts for people, and what package managers alone need. */
const leftOut = /^\/(usr\/share\/(doc|man|info|locale|lintian|bug|menu|applications|icons|pixmaps)\/|var\/)/;

/** A file as it lies on this machine, in the folder that its own really is: `/bin/sh` lies in `/usr/bin`. undefined: it is none that is worth taking. */
function fileAt(listed: string): readonly [string, File | Link] | undefined {
  if (leftOut.test(listed) || !existsSync(path.dirname(listed))) return undefined;
  const place = path.join(realpathSync(path.dirname(listed)), path.basename(listed));
  const stat = lstatSync(place, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) return [place.slice(1), { target: readlinkSync(place) }];
  if (!stat?.isFile()) return undefined;
  return [place.slice(1), { content: readFileSync(place), executable: (stat.mode & 0o111) !== 0 }];
}

/** All below a folder. */
export const folderAt = (folder: string): Files =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((name) => {
      const found = fileAt(path.join(folder, name));
      return found ? [found] : [];
    }),
  );
export const filesAt = (...places: readonly string[]): Files =>
  Object.fromEntries(
    places.flatMap((place) => (existsSync(place) ? [fileAt(place)] : [])).flatMap((found) => (found ? [found] : [])),
  );

/** `/usr/bin/java` is a link that no package holds. The administrator's file names it in its second line, further ones of the same choice after it. */
function alternatives(files: Files): Files {
  const chosen = "/etc/alternatives";
  const admin = "/var/lib/dpkg/alternatives";
  const taken = readdirSync(admin).flatMap((group) => {
    const lines = readFileSync(path.join(admin, group), "utf8").split("\n");
    const end = lines.indexOf("");
    const pairs = [
      [group, lines[1] ?? ""],
      ...lines.slice(2, end).flatMap((name, at) => (at % 2 === 0 ? [[name, lines[at + 3] ?? ""]] : [])),
    ];
    return pairs.flatMap(([name = "", link = ""]) => {
      const at = path.join(chosen, name);
      if (!existsSync(at) || !(realpathSync(at).slice(1) in files)) return [];
      return [at, link].flatMap((place) => {
        const found = fileAt(place);
        return found ? [found] : [];
      });
    });
  });
  return Object.fromEntries(taken);
}

/** Settings of PHP, which turn its modules on: made as packages are installed, so no package holds them. Those of modules whose library stays here are left out. */
export function phpSettings(files: Files): Files {
  const modules = Object.keys(files).flatMap((place) => /^usr\/lib\/php\/\d+\/(\w+)\.so$/.exec(place)?.[1] ?? []);
  const isTaken = (place: string): boolean => {
    const module = /\/(?:conf\.d\/\d+-|mods-available\/)(\w+)\.ini$/.exec(place)?.[1];
    return module === undefined || modules.includes(module);
  };
  return modules.length === 0 ? {} : Object.fromEntries(Object.entries(folderAt("/etc/php")).filter(([place]) => isTaken(place)));
}

/** The old folders are links into `/usr`. */
const merged: Files = Object.fromEntries(["bin", "sbin", "lib", "lib64"].map((name) => [name, { target: `usr/${name}` }]));

/** The files of these packages, and of all they depend on, as this machine has them. `missing`: what it does not have. */
export function debianFiles(names: readonly string[]): { readonly files: Files; readonly missing: readonly string[] } {
  const all = installed();
  const taken = new Set<string>();
  const waiting = names.flatMap((name) => all.get(name) ?? []);
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (taken.has(one.name)) continue;
    taken.add(one.name);
    for (const need of one.needs) {
      const found = need.flatMap((name) => all.get(name) ?? [])[0];
      if (found) waiting.push(found);
    }
  }
  const listed = execFileSync("dpkg-query", ["-L", ...taken], { encoding: "utf8", maxBuffer: 256 * 2 ** 20 }).split("\n");
  const files = Object.fromEntries(
    [...new Set(listed)].flatMap((place) => {
      const found = place.startsWith("/") ? fileAt(place) : undefined;
      return found ? [found] : [];
    }),
  );
  const missing = names.filter((name) => !all.has(name));
  return { files: { ...merged, ...files, ...alternatives(files) }, missing };
}
