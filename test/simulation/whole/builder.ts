import type { BuildOrder, BuildReport } from "../../../shared/contract/agent.ts";
import type * as z from "zod";
import { artifact } from "../../support/components.ts";
import type { World } from "./world.ts";

type Report = z.input<typeof BuildReport>;
/** Builds of this digit make releases that never get healthy. */
export const sickDigit = "f";

/** A builder: it works for a while, reports until it is heard, fails now and then, or goes without a word. */
export async function build(world: World, order: BuildOrder, end: (how: "ended" | "lost") => void): Promise<void> {
  const { fate, clock } = world;
  await clock.sleep(2_000 + fate.below(20_000));
  if (fate.happens(fate.weather.crash * 5)) return end("lost");
  const line = { at: clock.now().toISOString(), instance: null, stream: "out", text: "It works.", sequence: 1 } as const;
  const mayGoOn = await tell(world, order, { version: 1, sequence: 1, lines: [line] });
  if (mayGoOn) await tell(world, order, { version: 1, sequence: 2, result: resultOf(fate.random()) });
  end("ended");
}

function resultOf(luck: number): Report["result"] {
  if (luck < 0.1)
    return { state: "failed", code: "step.failed", message: "It does not compile.", next: "Mend it.", logLine: null };
  return { state: "succeeded", artifact: artifact(luck < 0.25 ? sickDigit : String(luck).at(-1)) };
}

/** Whether the platform has heard it and wants to hear more. */
async function tell(world: World, { id, token }: BuildOrder, body: Report): Promise<boolean> {
  const { fate, clock, from } = world;
  const report = () => from.api.ask("buildReport", { as: token, params: { build: id }, body });
  for (let attempt = 0; attempt < 8; attempt++) {
    const got = await fate.asking(() => world.invoke({ kind: "builder" }, report)).catch(() => undefined);
    if (got && got.status < 500) return got.status === 200 && !got.body.cancelled;
    await clock.sleep(1_000 + fate.below(4_000));
  }
  return false;
}
