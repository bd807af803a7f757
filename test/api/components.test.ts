import { beforeEach, describe, expect, test } from "@jest/globals";
import { startWorld, type World } from "../support/components.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});

describe("from source to running", () => {
  test("P1: deploy, build, release, desired state, report: the operation succeeds and the component answers at its own address", async () => {
    const { id } = await world.create();
    const operation = await world.deployed(id);
    expect(operation).toMatchObject({ kind: "deploy", state: "succeeded", failure: null });
    expect(operation.steps.every((s) => s.state === "succeeded" || s.state === "skipped")).toBe(true);
    expect(await world.view(id)).toMatchObject({
      status: "running",
      url: "http://web-shop.localhost:7071",
      release: { number: 1 },
      operation: null,
      undeployed: false,
    });
    const { body } = await world.ask("releaseList", { params: { component: id } });
    expect(body.items).toMatchObject([{ number: 1, outcome: "deployed", reason: "deploy" }]);
  });
});
