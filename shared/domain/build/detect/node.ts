import type { Finding } from "../../../contract/source.ts";
import type { BuildPlan, DependencyPlan, PlanStep, ToolNeed } from "../build-plan.ts";
import { parseJson } from "../json.ts";
import type { SourceTree } from "../source-tree.ts";
import { applicationPlan, type Detector, emptyPlan } from "./detector.ts";
import { frontEndOf } from "./node-front-end.ts";
import { type Manifest, manifestOf } from "./node-manifest.ts";
import { installPlan, managerOf, prunePlan } from "./node-packages.ts";
import { staticPlan } from "./static.ts";

const entries = [
  "server.js",
  "app.js",
  "index.js",
  "server.mjs",
  "app.mjs",
  "index.mjs",
  "main.js",
  "src/server.js",
  "src/app.js",
  "src/index.js",
] as const;

/** `npm start` costs a second and swallows signals: a simple start script is run as it is. */
const startCommand = (manifest: Manifest, tree: SourceTree): string | null => {
  const start = manifest.scripts.start;
  if (start !== undefined)
    return manifest.scripts.prestart || manifest.scripts.poststart || /\bnpm_/.test(start) ? "npm start" : start;
  if (manifest.main !== null && tree.has(manifest.main)) return `node ${manifest.main}`;
  const entry = entries.find((path) => tree.has(path));
  return entry ? `node ${entry}` : null;
};

const frameworkPorts: Readonly<Record<string, number>> = {
  next: 3000,
  nuxt: 3000,
  "@nestjs/core": 3000,
  express: 3000,
  fastify: 3000,
  koa: 3000,
  "@remix-run/serve": 3000,
  "@sveltejs/kit": 3000,
  hono: 3000,
  strapi: 1337,
  "@strapi/strapi": 1337,
};

/** The port the entry file falls back to, the one it insists on, or the framework's. */
const portOf = (manifest: Manifest, tree: SourceTree, command: string | null): { port: number; fixed: boolean } => {
  const entry =
    /(?:^|\s)(?:node\s+(?:--\S+\s+)*)(\S+\.[cm]?[jt]s)\b/.exec(command ?? "")?.[1] ??
    manifest.main ??
    entries.find((path) => tree.has(path));
  const text = (entry && tree.read(entry.replace(/^\.\//, ""))) ?? "";
  const fallback = /\bPORT\b["'\]]*\s*\)?\s*(?:\|\||\?\?|,)\s*["']?(\d{2,5})/.exec(text)?.[1];
  if (fallback) return { port: Number(fallback), fixed: false };
  const literal =
    /\.listen\(\s*(?:\{\s*port:\s*)?["']?(\d{2,5})\b/.exec(text)?.[1] ??
    (/\bPORT\b/.test(text) ? undefined : /\bport\s*[:=]\s*(\d{2,5})\b/i.exec(text)?.[1]);
  if (literal && !/process\.env(\.PORT|\[)/.test(text)) return { port: Number(literal), fixed: true };
  const framework = Object.keys(frameworkPorts).find((name) => name in manifest.dependencies);
  return { port: (framework && frameworkPorts[framework]) || 3000, fixed: false };
};

const portFindings = (port: { port: number; fixed: boolean }): readonly Finding[] =>
  port.fixed
    ? [
        {
          level: "warning",
          code: "port.fixed",
          message: `The application listens on port ${port.port} whatever it is told.`,
          advice: "Read the port from the variable PORT, so that several copies can run side by side.",
          params: { port: port.port },
        },
      ]
    : [];

const noCommand: Finding = {
  level: "warning",
  code: "command.none",
  message: "No start command was found: there is no start script in package.json, no Procfile and no server.js.",
  advice: "Add a start script to package.json, or give the component a start command.",
};

const buildStep = (manifest: Manifest, manager: string): readonly PlanStep[] =>
  manifest.scripts.build === undefined ? [] : [{ name: "build", argv: [manager, "run", "build"] }];

const withDevelopment = (
  dependencies: DependencyPlan | null,
  needed: boolean,
  prune: readonly PlanStep[],
): DependencyPlan | null => (dependencies === null ? null : { ...dependencies, prune: needed ? prune : [] });

const nodeTool = (manifest: Manifest): ToolNeed => ({
  tool: "node",
  range: manifest.engine,
  from: manifest.engine === null ? null : "package.json engines.node",
});

const planOf = (manifest: Manifest, tree: SourceTree): BuildPlan => {
  const manager = managerOf(manifest, tree);
  const steps = buildStep(manifest, manager.name);
  const front = frontEndOf(manifest, tree);
  const install = installPlan(manifest, tree, { manager, development: steps.length > 0 });
  const tools: readonly ToolNeed[] =
    install === null && steps.length === 0
      ? [nodeTool(manifest)]
      : [
          nodeTool(manifest),
          { tool: manager.name, range: manager.range, from: manager.range === null ? null : "package.json packageManager" },
        ];
  const shared = { ...emptyPlan, tools, steps };
  if (front !== null)
    return {
      ...shared,
      ...staticPlan(front.output),
      language: "node",
      dependencies: install,
      summary: `${front.name} front end built with ${manager.name}, served as static files`,
      about: { code: "plan.front", params: { name: front.name, tool: manager.name } },
      findings: [...manifest.findings, ...manager.findings],
    };
  const command = startCommand(manifest, tree);
  const port = portOf(manifest, tree, command);
  return {
    ...shared,
    language: "node",
    ...applicationPlan("Node", install === null && steps.length === 0 ? null : manager.name),
    dependencies: withDevelopment(install, steps.length > 0, prunePlan(manager.name)),
    command,
    ports: [{ port: port.port, protocol: "http" }],
    runtime: { NODE_ENV: "production", ...(install === null ? {} : { PATH: "{slug}/app/node_modules/.bin" }) },
    findings: [...manifest.findings, ...manager.findings, ...portFindings(port), ...(command === null ? [noCommand] : [])],
  };
};

export const node: Detector = {
  language: "node",
  looksFor: "package.json or server.js",
  detect: (tree) => {
    const text = tree.read("package.json");
    if (text === undefined) {
      const entry = ["server.js", "server.mjs", "app.js"].find((path) => tree.has(path));
      return entry && !tree.has("index.html") ? { confidence: 20, because: `there is a ${entry}` } : null;
    }
    const json = parseJson(text);
    const manifest = json.ok ? manifestOf(json.value) : null;
    const runs =
      manifest !== null &&
      (manifest.scripts.start !== undefined || manifest.scripts.build !== undefined || manifest.main !== null);
    return { confidence: runs ? 60 : 35, because: "there is a package.json" };
  },
  plan: (tree) => {
    const text = tree.read("package.json") ?? "{}";
    const json = parseJson(text);
    const plan = planOf(manifestOf(json.ok ? json.value : {}), tree);
    if (json.ok) return plan;
    const broken: Finding = {
      level: "blocks",
      code: "package.invalid",
      message: `package.json is not JSON: ${json.message}.`,
      at: `package.json:${json.line}`,
      advice: "Mend package.json and try again.",
      params: { problem: json.message },
    };
    return { ...plan, findings: [broken, ...plan.findings] };
  },
};
