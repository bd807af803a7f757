/** Headers of a manifest that tell of the machine and not of the program. */
const ofTheMachine = /^(Built-By|Build-Jdk|Build-Jdk-Spec|Created-By|Build-Time|Build-Timestamp|Build-Date|Bnd-LastModified):/i;

/** Lines that begin with a blank continue the one before them. */
const manifest = (text: string): string =>
  text
    .replace(/\r\n? (?=.)|\n (?=.)/g, "\u0000")
    .split(/\r\n|\r|\n/)
    .filter((line) => !ofTheMachine.test(line))
    .join("\r\n")
    .replaceAll("\u0000", "\r\n ");

/** java.util.Properties writes the time of day as a comment. */
const withoutTimes = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !/^#.*\b(19|20)\d\d\b/.test(line))
    .join("\n");

/** An archive's entry without what changes from machine to machine and from day to day. */
export const archiveContent = (name: string, content: Buffer): Buffer => {
  if (name === "META-INF/MANIFEST.MF") return Buffer.from(manifest(content.toString("utf8")), "utf8");
  if (/^META-INF\/maven\/.*\/pom\.properties$/.test(name)) return Buffer.from(withoutTimes(content.toString("latin1")), "latin1");
  return content;
};

/** The class that `java -jar` starts. */
export const mainClassOf = (text: string): string | null =>
  /^Main-Class:\s*(\S+)/m.exec(text.replace(/\r?\n /g, ""))?.[1] ?? null;
