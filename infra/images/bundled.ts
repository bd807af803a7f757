import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { architectureOf } from "../../shared/domain/image/architecture.ts";
import type { Files } from "./oci.ts";

export const project = path.resolve(import.meta.dirname, "../..");
/** Of this machine. */
export const architecture = architectureOf(process.arch);

/** A program and all it loads, below `/app`; what it starts is `/app/main.mjs`. `folder`: where it is made. */
export async function bundled(entry: string, folder: string): Promise<Files> {
  const outdir = path.join(project, folder);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: project,
    entryPoints: [entry],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    legalComments: "none",
    platform: "node",
    format: "esm",
    target: "node24",
    external: ["@lydell/node-pty"],
    // CommonJS packages inside an ES module still ask for these.
    banner: {
      js: `import { createRequire as bannerRequire } from "node:module";
import { fileURLToPath as bannerPath } from "node:url";
const require = bannerRequire(import.meta.url), __filename = bannerPath(import.meta.url), __dirname = bannerPath(new URL(".", import.meta.url));`,
    },
    logLevel: "warning",
  });
  const made = readdirSync(outdir).map((file) => [`app/${file}`, { content: readFileSync(path.join(outdir, file)) }] as const);
  return Object.fromEntries(made);
}
