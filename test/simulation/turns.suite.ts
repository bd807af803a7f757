import type { Leased, Queue } from "../../shared/ports/queue.ts";
import { randomFrom } from "../support/random.ts";

interface Sizes {
  readonly messages: number;
  readonly workers: number;
  /** What a worker takes at once. */
  readonly batch: number;
}

/** A team sends a great many messages about different things; then others, at random moments, their first. Workers take what they get, and more when that is done. */
export function turnsSuite(
  name: string,
  open: () => Promise<{ readonly queue: Queue; close(): Promise<void> }>,
  { messages, workers, batch }: Sizes,
): void {
  test(`Q4: ${name}: of ${messages} messages of one team, another team's first waits for one worker to be done at most`, async () => {
    const { queue, close } = await open();
    const random = randomFrom(11);
    const busy: (readonly Leased[])[] = [];
    const takeMore = async (): Promise<void> => {
      while (busy.length < workers) {
        const taken = await queue.lease({ limit: batch, leaseMs: 600_000, waitMs: 0 });
        if (taken.length === 0) return;
        busy.push(taken);
      }
    };
    const endOne = async (): Promise<void> => {
      const [done = []] = busy.splice(Math.floor(random() * busy.length), 1);
      for (const { receipt } of done) await queue.ack(receipt);
      await takeMore();
    };
    const isTaken = (tenant: string) => busy.some((taken) => taken.some((message) => message.tenant === tenant));

    for (let at = 0; at < messages; at++) await queue.send(`${at}`, { tenant: "noisy", key: `thing-${at}` });
    await takeMore();
    for (const quiet of ["one", "two", "three", "four"]) {
      for (let ends = Math.floor(random() * 5); ends > 0; ends--) await endOne();
      await queue.send("first", { tenant: quiet, key: "thing" });
      await takeMore();
      if (!isTaken(quiet)) await endOne();
      expect([quiet, isTaken(quiet)]).toEqual([quiet, true]);
    }
    expect(isTaken("noisy")).toBe(true);
    await close();
  });
}
