import { wire } from "../../functions/_runtime/deps.ts";
import { startWorld, type World } from "../support/components.ts";
import { joinAgent, registerAgent } from "../support/data-center.ts";
import { signUp } from "../support/people.ts";

let world: World;
let component: string;
beforeEach(async () => {
  world = await startWorld();
  component = (await world.create()).id;
  await world.deployed(component);
});

const tag = "slug-1";
type Asked = { tenant?: string; component?: string; as?: string };
const asked = async ({ tenant = world.ada.team, component: of = component, as }: Asked = {}) => ({
  as: as ?? (await world.agent.bearer()),
  body: { tenant, component: of },
});
const image = async (how: Asked = {}) => {
  const { as, body } = await asked(how);
  return world.api.ask("agentImage", { as, body: { ...body, tag } });
};
const pull = async (how: Asked = {}) => world.api.ask("agentPullCredential", await asked(how));
const repository = () => `${world.ada.team}/${component}`;

test("an agent is told where an image is to be put, and by what; once it is there, only where it is", async () => {
  const { images, clock } = world.api.deps;
  const place = {
    url: "https://registry.example.org",
    pullFrom: "registry.example.org",
    repository: `pluvia/${repository()}`,
  };
  expect((await image()).body).toEqual({
    place: {
      ...place,
      digest: null,
      credential: {
        username: "push",
        password: `push:${repository()}`,
        issuedAt: clock.now().toISOString(),
        expiresAt: new Date(clock.now().getTime() + 3_600_000).toISOString(),
      },
    },
  });
  const digest = await images.push(repository(), tag, "content");
  expect((await image()).body).toEqual({ place: { ...place, digest, credential: null } });
});

test("P5: nodes pull by a credential of their own team's", async () => {
  expect((await pull()).body.credential).toMatchObject({
    username: "pull",
    password: `pull:${world.ada.team}`,
    pullFrom: "registry.example.org",
  });
});

test("P5: an agent is told of what is wanted in its own data center, under its own team, and of nothing else", async () => {
  const made = (await world.ask("dataCenterCreate", { body: { name: "north" } })).body;
  const elsewhere = await registerAgent(world.api, made.join.token, "kubernetes");
  const grace = await signUp(world.api, "grace@example.org");
  const others = [{ as: await elsewhere.bearer() }, { tenant: grace.team }, { component: "cmp_0000000000000009" }];
  for (const how of others) for (const ask of [image, pull]) expect((await ask(how)).status).toBe(404);
});

test("P5: neither people nor an agent that was replaced are told anything", async () => {
  const replaced = await world.agent.bearer();
  await joinAgent(world.api);
  for (const as of [replaced, world.ada.token]) for (const ask of [image, pull]) expect((await ask({ as })).status).toBe(401);
});

test("P5: nothing is told of a component that is to go, and its images go with it", async () => {
  const { images } = world.api.deps;
  await images.push(repository(), tag, "content");
  await world.ask("componentRemove", { params: { component } });
  for (const ask of [image, pull]) expect((await ask()).status).toBe(404);
  await world.work();
  await world.agent.settle(component);
  await world.work();
  expect(await images.resolve(world.ada.team, repository(), tag)).toBeUndefined();
});

test("a platform without a registry says so, in answers and to agents that report", async () => {
  const told = async () => {
    const body = { version: 1 as const, observations: [] };
    return (await world.api.ask("agentReport", { as: await world.agent.bearer(), body })).body.registry;
  };
  expect(await told()).toBe("https://registry.example.org");
  const { deps } = world.api;
  wire({ ...deps, settings: { ...deps.settings, registry: null } });
  expect((await image()).body).toEqual({ place: null });
  expect((await pull()).body).toEqual({ credential: null });
  expect(await told()).toBeNull();
});
