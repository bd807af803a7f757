import { runAgents } from "./agents.ts";
import { build } from "./builder.ts";
import { people } from "./people.ts";
import type { Template } from "./template.ts";
import { type Bug, type Conditions, World } from "./world.ts";

/** How long people go on asking at most, in simulated time. */
const askingMaxMs = 2_000_000;

/** A world from its beginning until it has come to rest and was looked at. */
export async function live(
  from: Template,
  seed: number,
  how: Conditions & { readonly requests: number },
  bug: Bug = {},
): Promise<World> {
  const world = new World(from, seed, bug, build);
  world.begin(how);
  const agents = await runAgents(world);
  let isAsked = false;
  void people(world, how.requests).then(() => {
    isAsked = true;
  });
  for (let at = 0; at < askingMaxMs && !isAsked; at += 5_000) await world.clock.advance(5_000);
  await world.rest();
  world.history.checkAnswers();
  agents.check();
  world.end();
  agents.stop();
  return world;
}
