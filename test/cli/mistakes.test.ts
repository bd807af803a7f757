import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Fault } from "../../shared/base/fault.ts";
import { startContractServer } from "../support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../support/records.ts";
import { bin, type Cli, newCli } from "./run.ts";

type Answers = Parameters<typeof startContractServer>[0];
let server: Awaited<ReturnType<typeof startContractServer>>;
let cli: Cli;
const start = async (answers: Answers = {}): Promise<void> => {
  server = await startContractServer({
    applicationList: () => ({ items: [applicationRecord()] }),
    componentList: () => ({ items: [componentRecord()] }),
    ...answers,
  });
  cli = await newCli(server.url);
};
afterEach(async () => {
  await server.stop();
  await cli.remove();
});
const asked = () => server.seen.map((s) => s.operation);

test.each([
  ["keys", "remove", "revoke"],
  ["builds", "view", "log"],
  ["data-centers", "joi", 'Did you mean "join"?'],
])("pluvia %s %s: there is none, but there are others", async (group, word, named) => {
  await start();
  const ran = await cli.run([group, word, "x"]);
  expect([ran.code, asked()]).toEqual([2, []]);
  expect(ran.stderr).toContain(`"pluvia ${group}" has no command "${word}".`);
  expect(ran.stderr).toContain(named);
});

test.each([
  [["componentView", "cmp_0000000000000001"], "--name value"],
  [["componentView", "--component", "cmp_0000000000000001", "--limit", "3"], "There are: --component."],
  [["applicationList", "--limti", "3"], 'Did you mean "--limit"?'],
])("pluvia api %j: what it does not take is refused before anything is asked", async (words, told) => {
  await start({ componentView: () => componentRecord() });
  const ran = await cli.run(["api", ...words]);
  expect([ran.code, asked()]).toEqual([2, []]);
  expect(ran.stderr).toContain(told);
});

test.each([
  ['{"aplication":"shop","component":"web"}', 'says "aplication", which it cannot.', 'Did you mean "application"?'],
  ['{"application":"shop","component":"web","region":"x"}', 'says "region"', "There are: application, component."],
  ['{"application":"shop"}', "does not name an application and a component.", "pluvia init"],
  ["null", "does not name an application and a component.", "pluvia init"],
])("pluvia.json with %s: what is wrong with it is told before anything is asked", async (text, told, next) => {
  await start();
  await writeFile(join(cli.folder, "pluvia.json"), text);
  const ran = await cli.run(["releases"]);
  expect([ran.code, asked()]).toEqual([2, []]);
  expect(ran.stderr).toContain(told);
  expect(ran.stderr).toContain(next);
});

test.each([
  [["--memory", "", "--cpu", "500"], "--memory is empty."],
  [["--memory", "512", "--cpu", ""], "--cpu is empty."],
])(
  "pluvia resize %j: an empty value, as of a shell's variable that is not set, is refused and not taken for no flag",
  async (flags, told) => {
    await start();
    const ran = await cli.run(["resize", "--app", "shop", "--name", "web", ...flags]);
    expect([ran.code, asked()]).toEqual([2, []]);
    expect(ran.stderr).toContain(told);
  },
);

test.each([
  [["--app", "A_B", "--name", "web"], '--app cannot be "A_B".'],
  [["--app", "shop", "--name", "购物"], '--name cannot be "购物".'],
  [["--app", "shop", "--name", "web", "--volume", "odd"], ":exclusive"],
  [["--app", "shop", "--name", "web", "--memory", "much"], "whole number"],
  [["--app", "shop", "--name", "web", "--memory", ""], "--memory is empty"],
  [["--app", "shop", "--name", "web", "--replicas", ""], "--replicas is empty"],
  [["--app", "shop", "--name", "web", "--env", "1=2"], "NAME=value"],
  [["--app", "shop", "--name", "web", "--env", "A=1", "--env", "A=2"], "A is given twice."],
  [["--app", "shop", "--name", "web", "--env", "A=1", "--secret", "A=2"], "A is given twice."],
])("pluvia create %j: refused before the source is sent, and before anything is made", async (flags, told) => {
  await start({ applicationCreate: () => applicationRecord() });
  const ran = await cli.run(["create", ".", ...flags]);
  expect([ran.code, asked()]).toEqual([2, []]);
  expect(ran.stderr).toContain(told);
});

test("a variable that there is not cannot be unset: those that there are, are named", async () => {
  const items = [{ name: "MODE", kind: "plain" as const, value: "slow", updatedAt: "2026-11-21T12:00:00.000Z" }];
  await start({ variableList: () => ({ items, generation: 1 }) });
  const ran = await cli.run(["env", "unset", "MOED", "--component", "shop/web"]);
  expect([ran.code, asked()]).toEqual([4, ["applicationList", "componentList", "variableList"]]);
  expect(ran.stderr).toContain('Did you mean "MODE"?');
});

test("a team one is not in is not found", async () => {
  await start({
    sessionView: () => ({
      user: { id: "usr_0000000000000001", email: "ada@example.com", name: "Ada", createdAt: "2026-11-21T12:00:00.000Z" },
      teams: [{ id: "tnt_0000000000000001", name: "Ada's team", role: "owner" }],
      csrf: "x",
      expiresAt: "2027-01-01T00:00:00.000Z",
    }),
  });
  const ran = await cli.run(["ps", "--team", "Bob's"], { PLUVIA_API_KEY: "" });
  expect([ran.code, ran.stderr]).toEqual([4, expect.stringContaining("There are: Ada's team.")]);
});

test("starting what is set to 0 instances says so", async () => {
  const component = componentRecord({ configuration: { ...componentRecord().configuration, replicas: 0 } });
  const operation = operationRecord({ kind: "start", state: "succeeded" });
  await start({
    componentStart: () => ({ operation, component }),
    operationView: () => operation,
    componentView: () => component,
  });
  const ran = await cli.run(["start", "--component", "shop/web", "--wait"]);
  expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining("pluvia scale 1")]);
});

describe("A refused create", () => {
  const refusing = (answers: Answers, code: "invalid" | "unavailable" = "invalid") =>
    start({
      applicationList: () => ({ items: [] }),
      applicationCreate: () => applicationRecord(),
      applicationRemove: () => applicationRecord({ removing: true }),
      componentList: () => ({ items: [] }),
      componentCreate: () => {
        throw new Fault(code, "It is refused.", { next: "Do something else." });
      },
      ...answers,
    });
  const create = () => cli.run(["create", "--app", "shop", "--name", "web", "--push"]);

  test("takes the application that it has just made away again", async () => {
    await refusing({});
    const ran = await create();
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("It is refused.\nDo something else.")]);
    expect(asked()).toContain("applicationRemove");
  });
  test.each<[string, Answers, "invalid" | "unavailable"]>([
    ["was there before", { applicationList: () => ({ items: [applicationRecord()] }) }, "invalid"],
    ["has another's component by now", { componentList: () => ({ items: [componentRecord()] }) }, "invalid"],
    ["may have the component, as nobody knows what became of it", {}, "unavailable"],
  ])("leaves an application that %s", async (_, answers, code) => {
    await refusing(answers, code);
    expect((await create()).code).toBe(1);
    expect(asked()).toContain("componentCreate");
    expect(asked()).not.toContain("applicationRemove");
  });
});

test("output that cannot be written is told in one line, and one that nobody reads on in none", async () => {
  await start();
  const ran = (sink: string) =>
    promisify(execFile)("/bin/sh", ["-c", `"$0" "$@" ${sink}`, process.execPath, bin, "ps"], {
      cwd: cli.folder,
      env: cli.env,
    }).then(
      ({ stderr }) => [0, stderr],
      ({ code, stderr }: { code: number; stderr: string }) => [code, stderr],
    );
  expect(await ran("> /dev/full")).toEqual([1, expect.stringMatching(/^error: The output could not be written: ENOSPC.*\n$/)]);
  expect(await ran("| head -0")).toEqual([0, ""]);
});

test("a configuration that cannot be written is told with its path and what to do, before a session is begun", async () => {
  await start();
  const folder = join(cli.folder, "file");
  await writeFile(folder, "");
  for (const home of ["/proc", folder]) {
    const ran = await cli.run(["login", "--email", "ada@example.com", "--password", "x"], { XDG_CONFIG_HOME: "", HOME: home });
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain(`The configuration cannot be written to ${home}/.config/pluvia/config.json: `);
    expect(ran.stderr).toContain("Set XDG_CONFIG_HOME");
  }
  expect(asked()).toEqual([]);
});
