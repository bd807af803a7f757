import { createHash } from "node:crypto";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { startWorld, type World } from "../support/components.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});

const content = Buffer.from("an image");
const archive = { digest: `sha256:${createHash("sha256").update(content).digest("hex")}`, sizeBytes: content.length };

const deployImage = async (component: string) => {
  const { blobs, buildRunner } = world.api.deps;
  const { body } = await world.ask("componentDeploy", { params: { component }, body: {} });
  await world.work();
  const token = (buildRunner as MemoryBuildRunner).orders.at(-1)?.token;
  const params = { build: body.operation.build ?? "" };
  blobs.fetch((await world.ask("buildBlobUrl", { as: token, params, body: archive })).body, content);
  const digest = `sha256:${"c".repeat(64)}`;
  const artifact = { kind: "image", reference: "localhost/pluvia:c", digest, archive, command: null, variables: {} } as const;
  await world.reportBuild(body.operation.build ?? "", { version: 1, sequence: 1, result: { state: "succeeded", artifact } });
  await world.work();
  await world.agent.settle(component);
  await world.work();
};
const remove = async (component: string) => {
  await world.ask("componentRemove", { params: { component } });
  await world.work();
  await world.agent.settle(component);
  await world.work();
};

test("W2: the archive of an image goes with the last component that was released from it", async () => {
  const { blobs } = world.api.deps;
  const kept = { namespace: world.ada.team, digest: archive.digest };
  const [one, two] = [await world.create({ name: "one" }), await world.create({ name: "two" })];
  await deployImage(one.id);
  await deployImage(two.id);
  expect((await world.agent.workload(one.id)).artifact).toMatchObject({ kind: "image", archive });
  await remove(one.id);
  expect(await blobs.has(kept)).toBe(true);
  await world.api.deps.clock.advance(2 * 3_600_000);
  await remove(two.id);
  expect(await blobs.has(kept)).toBe(false);
});

test("a builder learns which variables are no secrets", async () => {
  const { id } = await world.create({
    variables: [
      { name: "WORD", kind: "plain", value: "hello" },
      { name: "TOKEN", kind: "secret", value: "hidden" },
    ],
  });
  await world.ask("componentDeploy", { params: { component: id }, body: {} });
  await world.work();
  const { orders } = world.api.deps.buildRunner as unknown as { orders: { plain: string[]; variables: object }[] };
  expect(orders.at(-1)).toMatchObject({ plain: ["WORD"], variables: { WORD: "hello", TOKEN: "hidden" } });
});
