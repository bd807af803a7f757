import path from "node:path";
import { build, type Plugin } from "esbuild";
import { readConfig } from "../../infra/local/faas/config.ts";
import { readRights, rolesFor } from "../../infra/tools/roles.ts";

const root = path.resolve(import.meta.dirname, "../..");
const functions = readConfig(path.join(root, "serverless.yml"));
const rights = readRights();

/** Where ports are chosen says nothing of who uses them. */
const withoutAdapters: Plugin = {
  name: "without-adapters",
  setup: ({ onLoad }) => {
    onLoad({ filter: /functions\/_runtime\/(aws|local)-deps\.ts$/ }, ({ path: file }) => ({
      contents: `export const ${file.includes("aws-deps") ? "awsDeps" : "localDeps"} = () => ({});`,
    }));
  },
};

/** All that a function's code has, without what it does not use. */
async function codeOf(module: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [module],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    treeShaking: true,
    plugins: [withoutAdapters],
  });
  return outputFiles.map(({ text }) => text).join("\n");
}

/** A method of a port, and the rights that it needs. Ports that need none of AWS (clock, ids…) are not named. */
const rightsFor = (port: string, method: string): readonly string[] => {
  if (port === "tokens") return ["secrets", "rows.tokens"];
  return [["blobs", "buildRunner", "images"].includes(port) ? `${port}.${method}` : port];
};
/** Which rows a function's code touches is seen when it runs: test/api/tenancy.test.ts. */
const isSeenRunning = (right: string): boolean => right.startsWith("rows.") && right !== "rows.tokens";
const call = /\b(?:deps|all)\d*\.(blobs|images|secrets|tokens|notifier|connections|buildRunner)\s*\.(\w+)/g;

async function usedBy(module: string): Promise<string[]> {
  const code = await codeOf(module);
  const calls = [...code.matchAll(call)].flatMap(([, port = "", method = ""]) => rightsFor(port, method));
  return [
    ...new Set([
      ...calls,
      ...(/\.tableFor\(/.test(code) ? ["tableFor"] : []),
      ...(/\.queues\[queueOf\b/.test(code) ? ["queues.send"] : []),
    ]),
  ];
}

test("every function has its rights, and no other has any", () => {
  expect(Object.keys(rights.functions).sort()).toEqual(functions.map(({ name }) => name).sort());
});

test.each(functions.map((one) => [one.name, one] as const))(
  "A6: %s may do exactly what its code does",
  async (name, { module, queues }) => {
    const takes = queues.map(({ queue }) => `take.${queue}`);
    const granted = (rights.functions[name] ?? []).filter((right) => !isSeenRunning(right));
    expect(granted.sort()).toEqual([...(await usedBy(module)), ...takes].sort());
  },
);

test("no right is a wildcard: each names its actions, and resources of this stack", () => {
  const roles = JSON.parse(JSON.stringify(rolesFor(rights))) as Record<
    string,
    { Properties: { Policies: { PolicyDocument: { Statement: { Action: string[]; Resource: unknown }[] } }[] } }
  >;
  const statements = Object.values(roles).flatMap((r) => r.Properties.Policies.flatMap((p) => p.PolicyDocument.Statement));
  expect(statements.flatMap(({ Action }) => Action).filter((action) => !/^[a-z0-9-]+:[A-Za-z]+$/.test(action))).toEqual([]);
  // What is created while the stack lives (objects, tasks, connections) has no name yet: a path below a resource of ours ends in a star.
  const bad = statements.flatMap(({ Resource }) => [Resource].flat()).filter((resource) => !isOurs(JSON.stringify(resource)));
  expect(bad).toEqual([]);
});
const isOurs = (resource: string): boolean => /"(Ref|Fn::GetAtt)":/.test(resource) && !/"\*"|^"\*/.test(resource);
