import { type BuilderWorld, startBuilderWorld } from "../support/builder-world.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";

let world: BuilderWorld;
beforeAll(async () => {
  world = await startBuilderWorld();
});
afterAll(() => world.close());

describe("C6: where only a proxy leads to the platform", () => {
  test("a builder reports through it", async () => {
    const proxy = await startForwardProxy();
    const { url } = world.repository({ "index.html": "<h1>Hello</h1>" });
    // A name that nobody but the proxy knows.
    const cloudUrl = `http://platform.invalid:${new URL(world.platform.url).port}`;
    const settings = { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" };
    const { result } = await world.build({ kind: "git", url }, { cloudUrl }, settings);
    expect(result).toMatchObject({ state: "succeeded", artifact: { language: "static" } });
    await proxy.close();
  });
});
