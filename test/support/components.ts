import type { BuildReport } from "../../shared/contract/agent.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type * as z from "zod";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { type Api, startApi } from "./api.ts";
import { joinAgent, type TestAgent } from "./data-center.ts";
import type { MemoryDeps } from "./memory-deps.ts";
import { type Signed, signUp } from "./people.ts";
import { work } from "./work.ts";

export const artifact = (digit = "1") =>
  ({
    kind: "slug",
    digest: `sha256:${digit.repeat(64)}`,
    sizeBytes: 1_000,
    language: "node",
    command: "node server.js",
    processes: { web: "node server.js" },
    variables: { NODE_ENV: "production" },
  }) as const;

/** A team with an application, over a data center whose agent the test plays. */
export interface World {
  readonly api: Api;
  readonly ada: Signed;
  /** Of the data center that components are in; a test that uses another one sets it. */
  agent: TestAgent;
  readonly application: string;
  readonly ask: Api["ask"];
  readonly create: (body?: object) => Promise<Component>;
  readonly view: (component: string) => Promise<Component>;
  readonly operation: (id: string) => Promise<Operation>;
  /** Asks for a deploy and plays the builder to its end. Answers the operation, waiting for the data center. */
  readonly built: (component: string, digit?: string) => Promise<Operation>;
  /** As `built`, and the data center settles it. */
  readonly deployed: (component: string, digit?: string) => Promise<Operation>;
  readonly reportBuild: (
    build: string,
    report: z.input<typeof BuildReport>,
  ) => Promise<{ status: number; body: { cancelled: boolean } }>;
  readonly work: () => Promise<void>;
}

export async function startWorld(deps?: MemoryDeps): Promise<World> {
  const api = await startApi(deps);
  const agent = await joinAgent(api);
  const ada = await signUp(api, "ada@example.org");
  const ask: Api["ask"] = (name, how = {}) => api.ask(name, { as: ada.token, team: ada.team, ...how });
  const made = await ask("applicationCreate", { body: { name: "shop" } });
  const application = made.body.id;
  const run = () => work(api.deps);
  const operation = async (id: string) => (await ask("operationView", { params: { operation: id } })).body;
  const reportBuild: World["reportBuild"] = async (build, report) => {
    const orders = (api.deps.buildRunner as MemoryBuildRunner).orders;
    const order = orders.findLast((o) => o.id === build);
    if (!order) throw new Error(`no builder was started for ${build}`);
    return api.ask("buildReport", { as: order.token, params: { build }, body: report });
  };
  const built: World["built"] = async (component, digit) => {
    const accepted = await ask("componentDeploy", { params: { component }, body: {} });
    if (accepted.status !== 202) throw new Error(`deploying answered ${accepted.status}: ${JSON.stringify(accepted.body)}`);
    await run();
    const { id, build } = accepted.body.operation;
    await reportBuild(build ?? "", { version: 1, sequence: 1, result: { state: "succeeded", artifact: artifact(digit) } });
    await run();
    return operation(id);
  };
  const world: World = {
    api,
    ada,
    agent,
    application,
    ask,
    operation,
    reportBuild,
    built,
    work: run,
    create: async (body = {}) => {
      const got = await ask("componentCreate", { params: { application }, body: { ...web, ...body } });
      if (got.status !== 201) throw new Error(`creating answered ${got.status}: ${JSON.stringify(got.body)}`);
      return got.body;
    },
    view: async (component) => (await ask("componentView", { params: { component } })).body,
    deployed: async (component, digit) => {
      const { id } = await built(component, digit);
      await world.agent.settle(component);
      await run();
      return operation(id);
    },
  };
  return world;
}

const web = {
  name: "web",
  source: { kind: "git", url: "https://example.org/shop.git" },
  configuration: { ports: [{ port: 8080, protocol: "http", internal: true, external: true }] },
};
