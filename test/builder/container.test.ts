import { spawn } from "node:child_process";
import { once } from "node:events";
import { buildToken } from "../support/build-platform.ts";
import { builderFile, orderFor } from "../support/build.ts";
import { type BuilderWorld, startBuilderWorld } from "../support/builder-world.ts";
import { eventually } from "../support/eventually.ts";
import { startGitServer } from "../support/git-server.ts";

let world: BuilderWorld;
beforeAll(async () => {
  world = await startBuilderWorld();
});
afterAll(() => world.close());

describe("C6: a builder in a container of its own", () => {
  test("that a node ends tells nothing, and ends badly: its build is not failed for it, and may begin anew", async () => {
    let asked = false;
    const git = await startGitServer(world.folder, {
      intercept: () => {
        asked = true;
        return true;
      },
    });
    const order = orderFor(world.platform, { source: { kind: "git", url: `${git.url}/never.git` } });
    world.platform.orders.set(order.id, order);
    const environment = { ...process.env, NODE_OPTIONS: "", PLUVIA_BUILD_CACHE: world.cache, PLUVIA_BUILD_TOKEN: buildToken };
    const child = spawn(process.execPath, ["--no-warnings", builderFile], {
      env: { ...environment, PLUVIA_ORDER_URL: `${world.platform.url}/v1/agent/builds/${order.id}/order` },
      stdio: "ignore",
    });
    await eventually("it fetches the source", () => Promise.resolve(asked));
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([143, null]);
    await git.close();
    expect(world.platform.reportsOf(order.id).filter(({ result }) => result !== undefined)).toEqual([]);
  });
});
