import { systemClock } from "../../shared/adapters/local/clock.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { noisyTeamSuite } from "../simulation/noisy-team.suite.ts";
import { turnsSuite } from "../simulation/turns.suite.ts";
import { describeEmulators } from "./emulator.ts";
import { queuesOn } from "./queue-server.ts";

/** Emulators give no turns between groups, so the queue is emptied between the ends of builds: what is shown is that no build waits for more than one. */
describeEmulators((name, aws) =>
  noisyTeamSuite(
    `on ${name}`,
    async () => {
      const { queue, close } = await queuesOn(aws, "")({ clock: steppedClock(), attemptsMax: 5 });
      return { queue, close };
    },
    { builds: 60, handed: 1_000 },
  ),
);

/** Emulators know groups of FIFO queues, of which one message is out at a time: so a team never has all workers. */
describeEmulators((name, aws) =>
  turnsSuite(`notices on ${name}`, async () => queuesOn(aws, ".fifo")({ clock: systemClock(), attemptsMax: 5 }), {
    messages: 200,
    workers: 12,
    batch: 1,
  }),
);
