import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { type FunctionConfig, readConfig } from "../../infra/local/faas/config.ts";
import { queueNames } from "../../shared/contract/commands.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { operations } from "../../shared/contract/operations.ts";

const root = path.resolve(import.meta.dirname, "../..");
const functions = readConfig(path.join(root, "serverless.yml"));
const routesOf = (list: readonly FunctionConfig[]) =>
  list.flatMap((one) => one.routes.map((route) => `${route.method} ${route.path}`));
const routeOf = ({ method, path: where }: ApiOperation) => `${method.toUpperCase()} ${where}`;

/** What is read by GET is read by HEAD too. */
const routesFor = (all: readonly ApiOperation[]) =>
  all.map(routeOf).flatMap((route) => (route.startsWith("GET ") ? [route, route.replace("GET", "HEAD")] : [route]));

test("every operation has its one route in serverless.yml, those read by GET one for HEAD, and there is no other", () => {
  expect(routesOf(functions).sort()).toEqual(routesFor(Object.values<ApiOperation>(operations)).sort());
});
test.each(functions.filter((one) => one.routes.length > 0).map((one) => [one.name, one] as const))(
  "function %s answers exactly the operations it is routed",
  async (_, config) => {
    const { handler } = (await import(config.module)) as { handler: { operations: readonly ApiOperation[] } };
    expect(routesFor(handler.operations).sort()).toEqual(routesOf([config]).sort());
  },
);
test("A8: the hosted site leads to the API whatever can only be meant for it", () => {
  const { Resources } = parse(readFileSync(path.join(root, "infra/aws/site.yml"), "utf8"), { merge: true });
  const behaviors: { PathPattern: string; TargetOriginId: string }[] =
    Resources.Site.Properties.DistributionConfig.CacheBehaviors;
  const leading = behaviors.filter((one) => one.TargetOriginId === "api").map((one) => one.PathPattern);
  expect(leading).toEqual(["/v1/*", "/v1", "/V1", "/V1/*", "//v1/*"]);
});
test("the realtime function takes all three WebSocket routes", () => {
  expect(functions.filter((one) => one.sockets.length > 0).map((one) => [one.name, [...one.sockets].sort()])).toEqual([
    ["realtime", ["$connect", "$default", "$disconnect"]],
  ]);
});
test("every queue of the contract has one worker, and time enough: its messages stay hidden for six times the function's limit", () => {
  const workers = functions.filter((one) => one.queues.length > 0);
  expect(workers.flatMap((one) => one.queues.map((source) => source.queue)).sort()).toEqual([...queueNames].sort());
  for (const { queues, timeoutSeconds } of workers)
    for (const { visibilitySeconds } of queues) expect(visibilitySeconds).toBeGreaterThanOrEqual(6 * timeoutSeconds);
});
test("what API Gateway would give up on is not allowed to run on", () => {
  for (const { routes, sockets, timeoutSeconds } of functions)
    if (routes.length + sockets.length > 0) expect(timeoutSeconds).toBeLessThan(29);
});
test("one function takes what no route is for", () => {
  expect(functions.filter((one) => one.isDefault).map((one) => one.name)).toEqual(["unknown"]);
});
