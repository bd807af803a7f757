import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { describeEmulators } from "./emulator.ts";
import { queuesOn } from "./queue-server.ts";

/** What SQS delays by itself, and a little more: real time, which is why it must be asked for. */
const delayMs = 15 * 60_000 + 20_000;
const describeIfAsked = process.env.PLUVIA_TEST_LONG_DELAY ? describe : describe.skip;

describeIfAsked("PLUVIA_TEST_LONG_DELAY: a quarter of an hour each", () => {
  describeEmulators((name, aws) =>
    test(
      `Q4: SQS of ${name}: a message that is due after more than 15 minutes comes then, and not before`,
      async () => {
        const { queue, close } = await queuesOn(aws, "")({ clock: systemClock(), attemptsMax: 3 });
        const sentAt = Date.now();
        await queue.send("late", { tenant: "tnt_a", delayMs });
        const taken = [];
        while (taken.length === 0 && Date.now() - sentAt < delayMs + 60_000) {
          taken.push(...(await queue.lease({ limit: 10, leaseMs: 30_000, waitMs: 20_000 })));
          await wait(100);
        }
        expect(taken).toMatchObject([{ body: "late", attempt: 1 }]);
        expect(Date.now() - sentAt).toBeGreaterThanOrEqual(delayMs);
        await close();
      },
      delayMs + 90_000,
    ),
  );
});
