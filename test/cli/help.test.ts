import type { Command } from "commander";
import { newProgram } from "../../console/cli/program.ts";
import { expectGolden } from "../support/golden.ts";

const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];
const path = (command: Command): string => (command.parent ? `${path(command.parent)} ${command.name()}` : command.name());

test("G1: the help of every command is the one reviewed last (golden)", async () => {
  const text = every(newProgram())
    .map((c) => `# ${path(c)}\n${c.configureHelp({ helpWidth: 120 }).helpInformation()}`)
    .join("\n");
  await expectGolden("test/golden/cli-help.txt", text);
});

test("every flag and command says what it does", () => {
  const silent = every(newProgram()).flatMap((c) => [
    ...(c.description() ? [] : [path(c)]),
    ...c.options.filter((o) => !o.description).map((o) => `${path(c)} ${o.flags}`),
  ]);
  expect(silent).toEqual([]);
});
