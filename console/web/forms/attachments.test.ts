import { expect, test } from "@jest/globals";
import type { Attachment } from "../../../shared/contract/component.ts";
import { attachmentOf, attachmentProblem, textOf } from "./attachments.ts";

const migrate: Attachment = {
  name: "migrate",
  kind: "init",
  image: "registry.example.org/migrate:3",
  command: ["sh", "-c", "migrate up && echo done"],
  variables: { MODE: "fast", EMPTY: "" },
  resources: { memoryMib: 64, cpuMillis: 100 },
};

test("P5: a container is typed as text and comes back the same", () => {
  expect(textOf(migrate)).toMatchObject({ command: "sh\n-c\nmigrate up && echo done", variables: "MODE=fast\nEMPTY=" });
  expect(attachmentOf(textOf(migrate))).toEqual(migrate);
  expect(attachmentOf({ ...textOf(migrate), command: "" }).command).toBeNull();
});
test("a variable whose value is more than a word comes back the same", () => {
  const variables = {
    KEY: "-----BEGIN-----\nMII=\n-----END-----",
    NOTE: "one # two",
    QUOTED: '"as it is"',
    BOTH: `it's "here"\n\\n\\`,
    SPACES: " around ",
    OPEN: "'",
    TOO: "'",
  };
  expect(attachmentOf(textOf({ ...migrate, variables })).variables).toEqual(variables);
});
test.each([
  [{ name: "Migrate" }, "containers.badName"],
  [{ image: " " }, "containers.noImage"],
  [{ variables: "no value" }, "containers.badVariables"],
  [{ variables: "PORT=1" }, "containers.badVariables"],
  [{}, null],
])("what is wrong is named: %j", (change, problem) => {
  expect(attachmentProblem({ ...textOf(migrate), ...change })).toBe(problem);
});
