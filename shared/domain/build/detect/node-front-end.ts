import { recordOf, parseJson, textOf } from "../json.ts";
import { findFiles, type SourceTree } from "../source-tree.ts";
import type { Manifest } from "./node-manifest.ts";

export interface FrontEnd {
  readonly name: string;
  /** The folder the build fills. */
  readonly output: string;
}

interface Kind {
  readonly dependency: string;
  readonly name: string;
  readonly output: (tree: SourceTree) => string | null;
  /** Start scripts that are only this tool's development server. */
  readonly serves: RegExp;
}

const configText = (tree: SourceTree, name: string): string => {
  const path = findFiles(tree, { depth: 0, accept: (file) => file.startsWith(`${name}.`) && /\.[cm]?[jt]s$/.test(file) })[0];
  return (path && tree.read(path)) ?? "";
};

const folderIn = (text: string, key: string, fallback: string): string => {
  const found = new RegExp(`\\b${key}\\s*:\\s*["'\`]\\.?/?([\\w./-]+?)/?["'\`]`).exec(text)?.[1];
  return found && !found.split("/").includes("..") ? found : fallback;
};

const angularOutput = (tree: SourceTree): string => {
  const json = parseJson(tree.read("angular.json") ?? "{}");
  const [project, settings] = Object.entries(recordOf(recordOf(json.ok ? json.value : {}).projects))[0] ?? ["app", {}];
  const build = recordOf(recordOf(recordOf(settings).architect).build);
  const path = recordOf(build.options).outputPath;
  const folder = textOf(path) ?? textOf(recordOf(path).base) ?? `dist/${project}`;
  return /:(application|browser-esbuild)$/.test(textOf(build.builder) ?? "") && textOf(path) === undefined
    ? `${folder}/browser`
    : folder;
};

const server = (pattern: string): RegExp => new RegExp(`^(?:${pattern})\\b`);

const kinds: readonly Kind[] = [
  {
    dependency: "next",
    name: "Next.js",
    output: (tree) => (/output\s*:\s*["']export["']/.test(configText(tree, "next.config")) ? "out" : null),
    serves: server("next dev"),
  },
  { dependency: "nuxt", name: "Nuxt", output: () => null, serves: server("nuxt dev") },
  {
    dependency: "@sveltejs/kit",
    name: "SvelteKit",
    output: (tree) => (/adapter-static/.test(configText(tree, "svelte.config")) ? "build" : null),
    serves: server("vite( dev)?"),
  },
  {
    dependency: "astro",
    name: "Astro",
    output: (tree) =>
      /output\s*:\s*["'](server|hybrid)["']/.test(configText(tree, "astro.config"))
        ? null
        : folderIn(configText(tree, "astro.config"), "outDir", "dist"),
    serves: server("astro (dev|preview)"),
  },
  { dependency: "gatsby", name: "Gatsby", output: () => "public", serves: server("gatsby (develop|serve)") },
  { dependency: "@docusaurus/core", name: "Docusaurus", output: () => "build", serves: server("docusaurus (start|serve)") },
  { dependency: "@11ty/eleventy", name: "Eleventy", output: () => "_site", serves: server("(npx )?(@11ty/)?eleventy") },
  { dependency: "vitepress", name: "VitePress", output: () => "docs/.vitepress/dist", serves: server("vitepress") },
  { dependency: "react-scripts", name: "Create React App", output: () => "build", serves: server("react-scripts start") },
  { dependency: "@angular/cli", name: "Angular", output: angularOutput, serves: server("ng serve") },
  {
    dependency: "@vue/cli-service",
    name: "Vue CLI",
    output: (tree) => folderIn(configText(tree, "vue.config"), "outputDir", "dist"),
    serves: server("vue-cli-service serve"),
  },
  { dependency: "parcel", name: "Parcel", output: () => "dist", serves: server("parcel") },
  {
    dependency: "vite",
    name: "Vite",
    output: (tree) => folderIn(configText(tree, "vite.config"), "outDir", "dist"),
    serves: server("vite( dev| serve| preview)?"),
  },
];

/** Servers that make the project an application even when it is also bundled. */
const serverDependencies = [
  "express",
  "fastify",
  "koa",
  "@nestjs/core",
  "hono",
  "@hono/node-server",
  "@hapi/hapi",
  "restify",
  "polka",
] as const;

/** Whether the build's result is only files to serve; null when something must run. */
export const frontEndOf = (manifest: Manifest, tree: SourceTree): FrontEnd | null => {
  if (manifest.scripts.build === undefined || serverDependencies.some((name) => name in manifest.dependencies)) return null;
  const kind = kinds.find(
    (candidate) => candidate.dependency in manifest.dependencies || candidate.dependency in manifest.developmentDependencies,
  );
  const output = kind?.output(tree) ?? null;
  if (!kind || output === null) return null;
  const start = manifest.scripts.start;
  return start === undefined || kind.serves.test(start.replace(/^npx\s+/, "")) || /^(npx )?serve\b/.test(start)
    ? { name: kind.name, output }
    : null;
};
