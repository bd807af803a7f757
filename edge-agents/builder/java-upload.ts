import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { refusedArchive } from "../../shared/domain/build/archive-guard.ts";
import { mainClassOf } from "../../shared/domain/build/java-archive.ts";

const open = promisify<string, yauzl.Options, ZipFile>(yauzl.open);
/** A manifest lists no more than signatures of entries. */
const manifestMax = 1024 * 1024;
/** Tools write the manifest first; further than this it is not looked for. */
const entriesLooked = 50;

const textOf = (zip: ZipFile, entry: Entry): Promise<string> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else buffer(stream).then((bytes) => resolve(bytes.toString("utf8")), reject);
    });
  });

interface Looked {
  readonly manifest: string | null;
  readonly isWar: boolean;
}

const look = async (zip: ZipFile): Promise<Looked> => {
  let manifest: string | null = null;
  let isWar = false;
  let looked = 0;
  for await (const entry of zip.eachEntry()) {
    isWar ||= entry.fileName.startsWith("WEB-INF/");
    const wanted = entry.fileName === "META-INF/MANIFEST.MF" && entry.uncompressedSize <= manifestMax && !entry.isEncrypted();
    if (wanted) manifest = await textOf(zip, entry);
    looked += 1;
    if (looked >= entriesLooked) break;
  }
  return { manifest, isWar };
};

const notExecutable = (isWar: boolean) =>
  refusedArchive(
    "archive.not-executable",
    `The ${isWar ? "war" : "jar"} names no main class, so nothing can start it.`,
    isWar
      ? "Upload an executable war (as Spring Boot makes), or a jar with a server in it."
      : "Upload an executable jar: one whose manifest has a Main-Class and that holds what it needs.",
  );

/** The name under which a zip that is a Java archive is kept whole; null when it is a plain zip. @throws when nothing can start it. */
export const javaUpload = async (path: string): Promise<string | null> => {
  // A zip that cannot be read is refused with its reason where it is unpacked.
  const zip = await open(path, { lazyEntries: true, autoClose: false }).catch(() => null);
  const found = await (zip === null ? null : look(zip).catch(() => null));
  zip?.close();
  if (found === null || found.manifest === null) return null;
  if (mainClassOf(found.manifest) === null) throw notExecutable(found.isWar);
  return found.isWar ? "application.war" : "application.jar";
};
