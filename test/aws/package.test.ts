import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Answer } from "../../functions/_runtime/answer.ts";
import { operations } from "../../shared/contract/operations.ts";
import { eventOf } from "../support/api.ts";
import { packagedRoles, statementsIn, statementsOf } from "../support/judge.ts";
import { describeEmulators, programAt } from "./emulator.ts";
import { functionEnvironment } from "./stack.ts";

const project = resolve(import.meta.dirname, "../..");
const out = join(project, "dist/package");
const template = join(out, ".serverless/cloudformation-template-update-stack.json");
const run = (file: string, args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) => {
  const { input, env = {} } = more;
  return spawnSync(file, args, { cwd: project, encoding: "utf8", input, env: { ...process.env, NODE_OPTIONS: "", ...env } });
};
beforeAll(() => {
  const { status, stderr } = run(process.execPath, ["infra/tools/package.ts"]);
  if (status !== 0) throw new Error(stderr);
});

const lint = programAt("cfn-lint");
(lint ? test : test.skip)("cfn-lint finds nothing wrong with the stack", () => {
  // W3005: the packager names dependencies that its references say already.
  const found = run(String(lint), ["-r", "eu-central-1", "-i", "W3005", "-t", template]);
  expect([found.status, found.stdout]).toEqual([0, ""]);
});

test("A6: the roles of the stack are those that every call of the tests is judged by", () => {
  const { Resources } = JSON.parse(readFileSync(template, "utf8")) as { Resources: Record<string, unknown> };
  for (const id of Object.keys(packagedRoles())) expect([id, statementsIn(Resources, id)]).toEqual([id, statementsOf(id)]);
});

test("every packaged function loads by itself", () => {
  const files = readdirSync(join(out, "functions"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".mjs"),
  );
  const load = `for (const file of ${JSON.stringify(files)}) {
    const { handler } = await import(${JSON.stringify(join(out, "functions"))} + "/" + file);
    console.log(typeof handler);
  }`;
  const { stdout, stderr } = run(process.execPath, ["--input-type=module", "-e", load]);
  expect([stdout.trim().split("\n"), stderr]).toEqual([files.map(() => "function"), ""]);
});

/** Calls a packaged function as Lambda does, in a process of its own. */
const program = `
import { text } from "node:stream/consumers";
const [file, given] = [process.argv[1], await text(process.stdin)];
const { handler } = await import(file);
console.log("answer " + JSON.stringify(await handler(JSON.parse(given), { getRemainingTimeInMillis: () => 28000 })));
`;
const call = (name: string, event: unknown, env: Record<string, string>): Answer => {
  const { stdout, stderr } = run(
    process.execPath,
    ["--input-type=module", "-e", program, join(out, "functions/api", `${name}.mjs`)],
    { input: JSON.stringify(event), env },
  );
  const answer = /^answer (.*)$/m.exec(stdout)?.[1];
  if (answer === undefined) throw new Error(`${stdout}${stderr}`.slice(-2_000));
  return JSON.parse(answer) as Answer;
};

describeEmulators((_name, aws) => {
  test("packaged functions keep what they are told in the stack's table, and find it again", async () => {
    const env = await functionEnvironment(aws());
    const body = { email: "ada@example.org", password: "correct horse battery", name: "Ada", team: "Ada's team" };
    const headers = { "pluvia-client": "cli" };
    const signedUp = call("identity", eventOf(operations.userCreate, { body, headers }), env);
    expect([signedUp.statusCode, signedUp.body]).toEqual([201, expect.stringContaining('"token"')]);
    const { token } = JSON.parse(String(signedUp.body)) as { token: string };
    const team = call("teams", eventOf(operations.tenantView, { as: token }), env);
    expect([team.statusCode, team.body]).toEqual([200, expect.stringContaining("Ada's team")]);
  });
});
