import { expect, test } from "@jest/globals";
import { strayVariables } from "./environment.ts";

test.each([
  ["PLUVIA_PROT", "PLUVIA_PROT is not known and changes nothing. Did you mean PLUVIA_PORT?"],
  ["PLUVIA_METRIC_TOKEN", "PLUVIA_METRIC_TOKEN is not known and changes nothing. Did you mean PLUVIA_METRICS_TOKEN?"],
  ["pluvia_home", "pluvia_home is not known and changes nothing. Did you mean PLUVIA_HOME?"],
  ["PLUVIA_SOMETHING_ELSE_ALTOGETHER", "PLUVIA_SOMETHING_ELSE_ALTOGETHER is not known and changes nothing."],
])("a variable that looks like ours and is not is told without its value: %s", (name, words) => {
  expect(strayVariables({ [name]: "secret" })).toEqual([words]);
});
test("ours, those of families of ours, and those of others are as they should be", () => {
  expect(strayVariables({ PLUVIA_PORT: "1", PLUVIA_QUEUE_BUILDS: "q", PLUVIA_TEST_X: "1", PORT: "1", PLUVIAL: "1" })).toEqual([]);
});
test("what Kubernetes tells of services beside a pod is nobody's mistake", () => {
  const told = {
    PLUVIA_STATUS_SERVICE_HOST: "10.0.0.1",
    PLUVIA_STATUS_PORT: "tcp://10.0.0.1:1",
    PLUVIA_STATUS_PORT_1_TCP_ADDR: "10.0.0.1",
  };
  expect(strayVariables(told)).toEqual([]);
  expect(strayVariables({ PLUVIA_STATUS_PORT: "1" })).toHaveLength(1);
});
