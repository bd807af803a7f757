import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { tarOf } from "../builder/archive-maker.ts";

export interface NpmRegistry {
  readonly url: string;
  /** How many packages were downloaded. */
  downloads(): number;
  /** A package-lock.json for a project that depends on these. */
  lock(name: string, dependencies: Readonly<Record<string, string>>, development?: Readonly<Record<string, string>>): string;
  close(): Promise<void>;
}

/** Packages `<name>` in any version, each with an index.js that exports `<name>@<version>`. */
const tarball = (name: string, version: string): Buffer =>
  gzipSync(
    tarOf(
      { name: "package/package.json", content: JSON.stringify({ name, version, main: "index.js" }) },
      { name: "package/index.js", content: `module.exports = ${JSON.stringify(`${name}@${version}`)};\n` },
    ),
  );

const integrity = (bytes: Buffer): string => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A registry on loopback, so that npm is run for real without a network. */
export const startNpmRegistry = async (): Promise<NpmRegistry> => {
  let downloads = 0;
  const server = createServer((request, response) => {
    const [, name = "", file] = (request.url ?? "").split("/");
    const version = /-(\d+\.\d+\.\d+)\.tgz$/.exec(file ?? "")?.[1];
    if (version === undefined) return response.writeHead(404).end("{}");
    downloads += 1;
    return response.writeHead(200, { "content-type": "application/octet-stream" }).end(tarball(name, version));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const entry =
    (dev: boolean) =>
    ([name, version]: [string, string]) => [
      `node_modules/${name}`,
      {
        version,
        resolved: `${url}/${name}/${name}-${version}.tgz`,
        integrity: integrity(tarball(name, version)),
        ...(dev ? { dev: true } : {}),
      },
    ];
  return {
    url,
    downloads: () => downloads,
    lock: (name, dependencies, development = {}) =>
      JSON.stringify({
        name,
        lockfileVersion: 3,
        requires: true,
        packages: {
          "": { name, dependencies, devDependencies: development },
          ...Object.fromEntries(Object.entries(dependencies).map(entry(false))),
          ...Object.fromEntries(Object.entries(development).map(entry(true))),
        },
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
