import { expect, test } from "@jest/globals";
import { variableNames } from "../../shared/domain/environment.ts";
import { sourcesOf } from "./said.ts";

test("the variables that are known are those of which the code speaks, each one and no other", () => {
  const sources = sourcesOf("functions", "infra", "edge-agents", "shared", "console");
  const named = sources.flatMap(({ text }) => text.match(/\bPLUVIA_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []);
  expect(variableNames).toEqual([...new Set(named)].toSorted());
});
