import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { act, demo, deployed, get } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { builderFile } from "../support/build.ts";
import type { Release } from "../../shared/contract/release.ts";
import { describeEmulators } from "./emulator.ts";
import { createStack } from "./stack.ts";
import { startTaskRunner, type TaskRunner } from "./task-runner.ts";
import { freePorts } from "../support/ports.ts";

/** The way of test/e2e/deploy.e2e.ts, with every adapter of AWS on what infra/aws makes. */
describeEmulators((name, aws) => {
  let platform: Platform;
  let tasks: TaskRunner;
  let cache: string;
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), "pluvia-"));
    const { region, endpoint, credentials } = aws();
    const environment = await createStack(aws());
    tasks = await startTaskRunner(endpoint, {
      command: [process.execPath, "--no-warnings", builderFile],
      environment: { ...process.env, NODE_OPTIONS: "", PLUVIA_BUILD_CACHE: cache },
    });
    const port = await freePorts();
    platform = await startPlatform({
      port,
      env: {
        ...environment,
        PLUVIA_URL: `http://localhost:${port}`,
        PLUVIA_PRIVATE_HOSTS: "loopback",
        AWS_REGION: region,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ENDPOINT_URL_ECS: tasks.endpoint,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    });
  });
  afterAll(async () => {
    await platform?.stop();
    await tasks?.stop();
    if (platform) await removeHome(platform.home);
    await rm(cache, { recursive: true, force: true });
  });

  test(`Q5 P1: on ${name}, from sign-up and a repository URL to a reachable URL, then a variable, a redeploy and a rollback`, async () => {
    const { call } = await signUp(platform.url);
    const component = await deployed(call, {
      application: "hello",
      name: "web",
      git: demo(platform.url, "node"),
      variables: { GREETING: "Hello from a task" },
    });
    expect(component).toMatchObject({ status: "running", release: { number: 1 } });
    const url = String(component.url);
    expect(await get(url)).toMatchObject({ status: 200, text: expect.stringContaining("Hello from a task") });

    await call("PATCH", `/v1/components/${component.id}/variables`, {
      set: { GREETING: { kind: "secret", value: "Bonjour from an envelope" } },
    });
    expect(await act(call, component.id, "configure")).toMatchObject({ release: { number: 2 } });
    expect((await get(url)).text).toContain("Bonjour from an envelope");

    const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases`);
    const first = items.find((release) => release.number === 1);
    expect(await act(call, component.id, "rollback", { release: first?.id })).toMatchObject({ release: { number: 3 } });
    expect((await get(url)).text).toContain("Hello from a task");
  });
});
