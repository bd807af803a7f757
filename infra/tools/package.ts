// npm run package: CloudFormation and one zip per function, offline and without credentials, in dist/package/.serverless, or below PACKAGE_FOLDER.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deflateRawSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { chartFiles, chartValues } from "../../shared/control/data-centers/chart.ts";
import { project } from "../local/settings.ts";
import { readRights, roleOf, rolesFor } from "./roles.ts";

/** A bundle that grows past this makes cold starts slow; something was imported that should not be. */
const bundleBytesMax = 300 * 1024;
const out = path.join(project, process.env.PACKAGE_FOLDER ?? "dist/package");

const Document = z.looseObject({
  functions: z.record(z.string(), z.looseObject({ handler: z.string() })),
  resources: z.array(z.unknown()),
});
const document = Document.parse(parse(readFileSync(path.join(project, "serverless.yml"), "utf8")));
const sourceOf = (handler: string) => `${handler.slice(0, handler.lastIndexOf("."))}.ts`;
const bundleOf = (handler: string) => `${handler.slice(0, handler.lastIndexOf("."))}.mjs`;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/** SQLite, disk and log files of one machine stay out of hosted bundles: functions/_runtime/deps.ts never asks for them there. */
const withoutLocalAdapters: Plugin = {
  name: "without-local-adapters",
  setup: ({ onLoad }) => {
    onLoad({ filter: /functions\/_runtime\/local-deps\.ts$/ }, () => ({
      contents: 'export const localDeps = () => { throw new Error("the adapters of one machine are not in this bundle"); };',
    }));
  },
};

/** The API's own document, which one function answers, needs zod's writer of JSON Schemas; zod brings it along everywhere. */
const apiDocument = "shared/contract/openapi.ts";
const withoutJsonSchemas: Plugin = {
  name: "without-json-schemas",
  setup: ({ onLoad }) => {
    onLoad({ filter: /zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/ }, ({ path: file }) => {
      const names = [...readFileSync(file, "utf8").matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
      const absent = 'const absent = () => { throw new Error("the writer of JSON Schemas is not in this bundle"); };';
      return { contents: `${absent}\nexport { ${names.map((name) => `absent as ${name}`).join(", ")}, absent as process };` };
    });
  },
};
const answersDocument = (name: string): boolean => name === "platform";

/** The agents' chart is text for people; a bundle carries it deflated. */
const withDeflatedChart: Plugin = {
  name: "with-deflated-chart",
  setup: ({ onLoad }) => {
    onLoad({ filter: /shared\/control\/data-centers\/chart\.ts$/ }, () => {
      const deflated = deflateRawSync(JSON.stringify({ chartFiles, chartValues }), { level: 9 }).toString("base64");
      return {
        contents: `import { inflateRawSync } from "node:zlib";
export const { chartFiles, chartValues } = JSON.parse(inflateRawSync(Buffer.from("${deflated}", "base64")));`,
      };
    });
  },
};

/** Adapters, by the right without which no function uses one (test/architecture/rights.test.ts holds rights against code). */
const adapterRights: Readonly<Record<string, RegExp>> = {
  blobs: /^blobs\./,
  broker: /^connections$/,
  builds: /^buildRunner\./,
  connections: /^connections$/,
  images: /^images\./,
  notifier: /^notifier$/,
};
const rights = readRights();
const withoutUnusedAdapters = (name: string): Plugin => ({
  name: "without-unused-adapters",
  setup: ({ onLoad }) => {
    onLoad({ filter: /shared\/adapters\/aws\/[a-z-]+\.ts$/ }, ({ path: file }) => {
      const right = adapterRights[path.basename(file, ".ts")];
      if (right === undefined || rights.functions[name]?.some((granted) => right.test(granted))) return undefined;
      return { contents: 'throw new Error("this function has no right to it, and so no adapter for it");' };
    });
  },
});

/** Groups of operations that none of a resource's endpoints answers; the API's document and the default route know them all. */
const withoutOthersOperations = (name: string, handler: string): Plugin => ({
  name: "without-others-operations",
  setup: ({ onLoad }) => {
    const endpoints = path.join(project, sourceOf(handler).replace(/\.ts$/, ""));
    if (answersDocument(name) || !existsSync(endpoints)) return;
    const text = readdirSync(endpoints).map((file) => readFileSync(path.join(endpoints, file), "utf8"));
    const answered = new Set([...text.join().matchAll(/\boperations\.(\w+)/g)].map(([, operation = ""]) => operation));
    onLoad({ filter: /shared\/contract\/operations\/[a-z-]+\.ts$/ }, ({ path: file }) => {
      const source = readFileSync(file, "utf8");
      const group = [...source.matchAll(/^ {2}(\w+): \{$/gm)];
      if (group.length === 0 || group.some(([, operation = ""]) => answered.has(operation))) return undefined;
      return { contents: `export const ${/^export const (\w+)/m.exec(source)?.[1]} = {};` };
    });
  },
});

/** What a function is made of: the file that its handler names, and those that it loads when it needs them. */
interface Bundle {
  readonly name: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

const bundles = await Promise.all(Object.entries(document.functions).map(([name, { handler }]) => bundle(name, handler)));
writeProject();
run();
report();
compareShape();

async function bundle(name: string, handler: string): Promise<Bundle> {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [{ in: sourceOf(handler), out: bundleOf(handler).replace(/\.mjs$/, "") }],
    outdir: out,
    outExtension: { ".js": ".mjs" },
    // Adapters, and with them the SDK's clients, are loaded when a function first uses them.
    splitting: true,
    chunkNames: `parts/${name}/[hash]`,
    metafile: true,
    bundle: true,
    minify: true,
    charset: "utf8",
    legalComments: "none",
    platform: "node",
    format: "esm",
    target: "node24",
    // The SDK is part of Lambda's runtime.
    external: ["@aws-sdk/*"],
    // CommonJS packages inside an ES module still ask for these.
    banner: {
      js: 'import{createRequire as createRequireHere}from"node:module";const require=createRequireHere(import.meta.url);',
    },
    logLevel: "warning",
    plugins: [
      withoutLocalAdapters,
      withDeflatedChart,
      withoutUnusedAdapters(name),
      withoutOthersOperations(name, handler),
      ...(answersDocument(name) ? [] : [withoutJsonSchemas]),
    ],
  });
  if (apiDocument in metafile.inputs && !answersDocument(name))
    throw new Error(`${name} writes JSON Schemas: name it in answersDocument of infra/tools/package.ts`);
  const outputs = Object.entries(metafile.outputs);
  return {
    name,
    files: outputs.map(([file]) => path.relative(out, path.join(project, file))),
    bytes: outputs.reduce((sum, [, { bytes }]) => sum + bytes, 0),
  };
}

/** The same serverless.yml, with each function taking its own bundle only. */
function writeProject(): void {
  const functions = bundles.map(({ name, files }) => [
    name,
    { ...document.functions[name], role: roleOf(name), package: { patterns: ["!**", ...files] } },
  ]);
  const resources = [...document.resources, { Resources: rolesFor(rights) }];
  writeFileSync(
    path.join(out, "serverless.yml"),
    stringify({ ...document, functions: Object.fromEntries(functions), resources, package: { individually: true } }),
  );
  writeFileSync(path.join(out, "package.json"), '{"type":"module"}\n');
  cpSync(path.join(project, "infra/aws"), path.join(out, "infra/aws"), { recursive: true });
}

function run(): void {
  const program = path.join(project, "node_modules/serverless/bin/serverless.js");
  const env = {
    ...process.env,
    SLS_TELEMETRY_DISABLED: "1",
    SLS_NOTIFICATIONS_MODE: "off",
    AWS_ACCESS_KEY_ID: "offline",
    AWS_SECRET_ACCESS_KEY: "offline",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const { status } = spawnSync(process.execPath, [program, "package", ...process.argv.slice(2)], {
    cwd: out,
    stdio: ["ignore", "inherit", "inherit"],
    env,
  });
  if (status !== 0) process.exit(status ?? 1);
}

function report(): void {
  const sizes = [...bundles].sort((a, b) => b.bytes - a.bytes);
  for (const { name, bytes } of sizes) console.log(`${name.padEnd(16)} ${Math.ceil(bytes / 1024)} KiB`);
  const over = sizes.filter(({ bytes }) => bytes > bundleBytesMax);
  if (over.length === 0) return;
  process.exitCode = 1;
  console.error(`over ${bundleBytesMax / 1024} KiB: ${over.map(({ name }) => name).join(", ")}`);
}

/** What a stack would have, one line each: golden, so that a change of it is seen and reviewed. */
function shape(): string {
  const Template = z.looseObject({
    Resources: z.record(
      z.string(),
      z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
    ),
  });
  const { Resources } = Template.parse(
    JSON.parse(readFileSync(path.join(out, ".serverless/cloudformation-template-update-stack.json"), "utf8")),
  );
  const lines = Object.entries(Resources).map(([id, { Type, Properties }]) => {
    // The ids of versions and deployments hold a hash of the code.
    const name = /Version|Deployment/.test(Type) ? id.replace(/(Version|Deployment)[0-9A-Za-z]{8,}$/, "$1…") : id;
    const shown = [
      "RouteKey",
      "Handler",
      "Runtime",
      "Timeout",
      "BatchSize",
      "FunctionResponseTypes",
      "ScheduleExpression",
      "FifoQueue",
      "VisibilityTimeout",
      "BillingMode",
    ];
    return `${Type} ${name} ${shown.flatMap((key) => (Properties[key] === undefined ? [] : [`${key}=${JSON.stringify(Properties[key])}`])).join(" ")}`.trimEnd();
  });
  return `${lines.sort().join("\n")}\n`;
}

function compareShape(): void {
  const golden = path.join(project, "test/golden/cloudformation.txt");
  const now = shape();
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, now);
  if (existsSync(golden) && readFileSync(golden, "utf8") === now) return;
  console.error(
    "The stack's shape is not that of test/golden/cloudformation.txt: look at the difference, then UPDATE_GOLDEN=1 npm run package.",
  );
  process.exitCode = 1;
}
