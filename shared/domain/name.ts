import type { Source } from "../contract/source.ts";

/** Any words as a name that the contract takes: "My App_2" → "my-app-2". */
export function nameFrom(words: string): string {
  const name = words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return name || "app";
}
export const isName = (name: string): boolean => /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name);

/** `name`, or with a number behind it, so that none of `taken` is it. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let n = 2;
  while (taken.includes(`${name.slice(0, 36)}-${n}`)) n += 1;
  return `${name.slice(0, 36)}-${n}`;
}

/** The last word of a repository's address, or of a path. */
export const nameOfUrl = (text: string): string =>
  nameFrom(
    text
      .replace(/[?#].*$/, "")
      .replace(/\/+$/, "")
      .replace(/\.git$/, "")
      .split(/[/:]/)
      .at(-1) ?? "",
  );

/** The last word of a repository or image; of other sources nothing is known. */
export function nameOfSource(source: Source): string {
  if (source.kind === "git") return nameOfUrl(source.url);
  if (source.kind === "image") return nameFrom(source.image.split("/").at(-1)?.split(/[:@]/)[0] ?? "");
  return "app";
}
