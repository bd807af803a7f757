import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, createReadStream, readdirSync, statSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { tarOf, zipOf } from "../builder/archive-maker.ts";
import { gemOf } from "./gem.ts";
import { writeFiles } from "./git-server.ts";
import type { ServerIdentity } from "./private-authority.ts";

const run = promisify(execFile);

export const isInstalled = (words: readonly string[]): boolean => spawnSync(words[0] ?? "", words.slice(1)).status === 0;

/** Mirrors of package registries, as a network that leads nowhere else has them: files, filled by this machine's own clients or of packages made here. */
export interface PackageMirrors {
  readonly port: number;
  /** Paths that were asked for and are there. */
  readonly asked: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startPackageMirrors(root: string, identity: ServerIdentity): Promise<PackageMirrors> {
  const asked = new Set<string>();
  const server = createServer(identity, ({ url = "/", method }, response) => {
    const { pathname } = new URL(url, "https://mirror");
    const file = join(root, decodeURIComponent(pathname));
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      const links = readdirSync(file).map((name) => `<a href="${encodeURIComponent(name)}">${name}</a>`);
      return response.writeHead(200, { "content-type": "text/html" }).end(links.join("\n"));
    }
    if (!stat) return response.writeHead(404).end();
    asked.add(pathname);
    response.writeHead(200, { "content-length": stat.size });
    return method === "HEAD" ? response.end() : createReadStream(file).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** What `mvn package` of the project fetches: a local repository lies as a remote one does. */
export async function fillMaven(root: string, project: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(root, "..", "maven-project");
  writeFiles(folder, project);
  await run("mvn", ["--batch-mode", "-q", `-Dmaven.repo.local=${join(root, "maven")}`, "package"], { cwd: folder });
}

/** The modules of a `go.mod`, as a module proxy serves them. */
export async function fillGo(root: string, project: Readonly<Record<string, string>>): Promise<void> {
  const [folder, cache] = [join(root, "..", "go-project"), join(root, "..", "go-cache")];
  writeFiles(folder, project);
  const env = { ...process.env, GOMODCACHE: cache, GOFLAGS: "-modcacherw" };
  await run("go", ["mod", "download"], { cwd: folder, env });
  cpSync(join(cache, "cache", "download"), join(root, "go"), { recursive: true });
}

/** By the Python that the builder's image has. */
export async function fillPip(root: string, packages: readonly string[]): Promise<void> {
  const words = ["-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", join(root, "pip"), ...packages];
  await run("/usr/bin/python3", words);
}

export async function fillGems(root: string, gems: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
  const folder = join(root, "gems");
  writeFiles(folder, Object.fromEntries(Object.entries(gems).map(([name, files]) => [`gems/${name}.gem`, gemOf(name, files)])));
  await run("gem", ["generate_index", "--directory", folder]);
}

/** A package of Composer's, whose archives lie where `url` leads. */
export function fillComposer(root: string, url: string, files: Readonly<Record<string, string>>): void {
  const manifest = JSON.parse(files["composer.json"] ?? "{}") as { name: string; version: string };
  const { name, version } = manifest;
  const zip = zipOf(...Object.entries(files).map(([name, content]) => ({ name, content })));
  const dist = { type: "zip", url: `${url}/composer/package.zip` };
  writeFiles(join(root, "composer"), {
    "package.zip": zip,
    "packages.json": JSON.stringify({ packages: { [name]: { [version]: { ...manifest, dist } } } }),
  });
}

export function fillNpm(root: string, url: string, { name, version }: { name: string; version: string }): void {
  const manifest = { name, version, main: "index.js" };
  const packed = gzipSync(
    tarOf(
      { name: "package/package.json", content: JSON.stringify(manifest) },
      { name: "package/index.js", content: `module.exports = ${JSON.stringify(`Hello from ${name}`)};\n` },
    ),
  );
  const file = `${name}-${version}.tgz`;
  const versions = { [version]: { ...manifest, dist: { tarball: `${url}/npm/${file}` } } };
  writeFiles(join(root, "npm"), { [file]: packed, [name]: JSON.stringify({ name, "dist-tags": { latest: version }, versions }) });
}

/** How package managers find the mirrors at `url`: files below a home. */
export const mirrorSettings = (url: string): Readonly<Record<string, string>> => ({
  ".npmrc": `registry=${url}/npm/\n`,
  ".config/pip/pip.conf": `[global]\nno-index = true\nfind-links = ${url}/pip/\n`,
  ".m2/settings.xml": `<settings><mirrors><mirror><id>near</id><mirrorOf>*</mirrorOf><url>${url}/maven</url></mirror></mirrors></settings>\n`,
  ".gradle/init.gradle": `allprojects {
  repositories.all {
    if (it instanceof MavenArtifactRepository) it.url = "${url}/maven"
  }
}
`,
  ".config/go/env": `GOPROXY=${url}/go\nGOSUMDB=off\n`,
  ".bundle/config": `---\nBUNDLE_MIRROR__ALL: "${url}/gems/"\n`,
  ".config/composer/config.json": JSON.stringify({
    repositories: [{ type: "composer", url: `${url}/composer` }, { "packagist.org": false }],
  }),
});
