import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { awsBuilds } from "./builds.ts";

/** ECS as it tells of one task; no emulator lets one run out of memory. */
async function ecs(task: object) {
  const body = JSON.stringify({ tasks: [{ lastStatus: "STOPPED", desiredStatus: "STOPPED", memory: "4096", ...task }] });
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(body),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = { endpoint, region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
  const runner = awsBuilds({ aws, cluster: "c", taskDefinition: "t", subnets: [], securityGroups: [] });
  return {
    runner,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("C2: a builder that ECS has stopped", () => {
  const outOfMemory = "OutOfMemoryError: Container killed due to memory usage";
  test.each([
    [
      "took too much memory: it says so, with what to raise",
      { exitCode: 137, reason: outOfMemory },
      { failure: { code: "build.memory", params: { mib: 4096 } } },
    ],
    ["is lost, where its capacity was taken away", { exitCode: 143 }, "lost"],
    ["ended by itself", { exitCode: 0 }, "ended"],
  ])("%s", async (_, container, state) => {
    const { runner, close } = await ecs({ containers: [{ name: "builder", ...container }] });
    const seen = await runner.observe("arn:task");
    await close();
    expect([seen]).toMatchObject([state]);
  });
});
