import { writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTasksCommand, ECSClient } from "@aws-sdk/client-ecs";
import { awsBuilds } from "../../shared/adapters/aws/builds.ts";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import { buildRunnerSuite } from "../contract/build-runner.suite.ts";
import { startBuildPlatform } from "../support/build-platform.ts";
import { builderFile, orderFor } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { describeEmulators, type Emulator } from "./emulator.ts";
import { createStack } from "./stack.ts";
import { startTaskRunner } from "./task-runner.ts";

/** Writes down that it began, and ends when a file tells it to. */
const stub = `
import { existsSync, writeFileSync } from "node:fs";
const id = process.env.PLUVIA_ORDER_URL.split("/").at(-2);
writeFileSync(process.env.FOLDER + "/" + id + "." + process.pid, "");
setInterval(() => existsSync(process.env.FOLDER + "/end-" + id) && process.exit(0), 5);
`;

/** Where tasks run. */
async function place(aws: Emulator["aws"]) {
  const made = await createStack(aws);
  const list = (name: string) => String(made[name]).split(",");
  return {
    cluster: String(made["PLUVIA_BUILDERS_CLUSTER"]),
    taskDefinition: String(made["PLUVIA_BUILDERS_TASK"]),
    subnets: list("PLUVIA_BUILDERS_SUBNETS"),
    securityGroups: list("PLUVIA_BUILDERS_SECURITY_GROUPS"),
  };
}

/** moto ends tasks by itself after it was asked for them a few times, and breaks when it is to stop one that it does not know. */
describeEmulators(
  (name, aws) => {
    const order = (given: Partial<BuildOrder> = {}) =>
      orderFor({ url: "http://127.0.0.1:1" } as never, { source: { kind: "git", url: "https://example.com/a.git" }, ...given });
    let where: Awaited<ReturnType<typeof place>>;
    beforeAll(async () => {
      where = await place(aws());
    });
    const open = async () => {
      const folder = await mkdtemp(join(tmpdir(), "pluvia-"));
      writeFileSync(join(folder, "stub.mjs"), stub);
      const tasks = await startTaskRunner(aws().endpoint, {
        command: [process.execPath, join(folder, "stub.mjs")],
        environment: { ...process.env, NODE_OPTIONS: "", FOLDER: folder },
      });
      const runner = awsBuilds({ aws: { ...aws(), endpoint: tasks.endpoint }, ...where });
      const starts = async ({ id }: BuildOrder) => (await readdir(folder)).filter((file) => file.startsWith(`${id}.`)).length;
      const begun = (of: BuildOrder) => eventually("the builder began", async () => (await starts(of)) > 0);
      return {
        runner,
        starts,
        begun,
        lasting: order,
        ending: order,
        ended: async (of: BuildOrder) => {
          await begun(of);
          writeFileSync(join(folder, `end-${of.id}`), "");
          const handle = await runner.start(of);
          await eventually("the builder ended", async () => (await runner.observe(handle)) !== "running");
        },
        stop: () => tasks.stop(),
        close: async () => {
          await tasks.stop();
          await rm(folder, { recursive: true });
        },
      };
    };
    buildRunnerSuite(`ECS of ${name}`, open, { outlive: true });

    describe(`tasks of ${name}`, () => {
      let world: Awaited<ReturnType<typeof open>>;
      beforeEach(async () => {
        world = await open();
      });
      afterEach(() => world.close());
      const show = async (handle: string) => {
        const asked = new DescribeTasksCommand({ cluster: where.cluster, tasks: [handle], include: ["TAGS"] });
        return (await new ECSClient(aws()).send(asked)).tasks?.[0];
      };

      test("a task is told where its order is and its token, and nothing of the order", async () => {
        const one = order({ variables: { SECRET: "canary-value" } });
        const task = await show(await world.runner.start(one));
        expect(JSON.stringify(task)).not.toContain("canary-value");
        expect(task?.overrides?.containerOverrides?.[0]?.environment).toEqual([
          { name: "PLUVIA_ORDER_URL", value: `http://127.0.0.1:1/v1/agent/builds/${one.id}/order` },
          { name: "PLUVIA_BUILD_TOKEN", value: one.token },
        ]);
      });
      test("who looks at a task sees whose it is, and for which build", async () => {
        const one = order();
        expect(await show(await world.runner.start(one))).toMatchObject({
          startedBy: one.id,
          tags: [{ key: "tenant", value: one.tenant }],
        });
      });
      test("a build that begins once more is another task", async () => {
        const one = order();
        const first = await world.runner.start(one);
        await world.begun(one);
        await world.runner.cancel(first);
        const second = await world.runner.start({ ...one, attempt: 2 });
        await eventually("two were started", async () => (await world.starts(one)) === 2);
        expect(second).not.toBe(first);
      });
    });

    test("the builder's own program, given its order by its token, looks at a source and reports", async () => {
      const platform = await startBuildPlatform();
      const cache = await mkdtemp(join(tmpdir(), "pluvia-"));
      const tasks = await startTaskRunner(aws().endpoint, {
        command: [process.execPath, "--no-warnings", builderFile],
        environment: { ...process.env, NODE_OPTIONS: "", PLUVIA_BUILD_CACHE: cache },
      });
      const runner = awsBuilds({ aws: { ...aws(), endpoint: tasks.endpoint }, ...where });
      const one = orderFor(platform, { mode: "check", source: { kind: "git", url: "http://127.0.0.1:9/none.git" } });
      platform.orders.set(one.id, one);
      try {
        const handle = await runner.start(one);
        await eventually("it ended", async () => (await runner.observe(handle)) !== "running");
        expect([await runner.observe(handle), tasks.output(handle)]).toEqual(["ended", ""]);
        expect(platform.result()).toMatchObject({ state: "failed", code: "repository.unreachable" });
      } finally {
        await tasks.stop();
        await platform.close();
        await rm(cache, { recursive: true, force: true });
      }
    });
  },
  ["ministack"],
);
