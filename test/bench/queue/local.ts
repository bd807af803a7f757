import { systemClock } from "../../../shared/adapters/local/clock.ts";
import { localQueue } from "../../../shared/adapters/local/queue.ts";
import { body, consumers, type Subject } from "./subject.ts";

export function localSubject(directory: string): Subject & { queue: ReturnType<typeof localQueue> } {
  const queue = localQueue({ path: `${directory}/queue.db`, name: "bench", attemptsMax: 5, clock: systemClock() });
  const lease = () => queue.lease({ limit: 10, leaseMs: 30_000, waitMs: 0 });
  const consume = async () => {
    for (let leased = await lease(); leased.length > 0; leased = await lease())
      await Promise.all(leased.map((message) => queue.ack(message.receipt)));
  };
  return {
    queue,
    name: "ours",
    durability: "a send is on the disk (fdatasync); what was handled survives kill -9",
    send: (at) => queue.send(body, { tenant: `tnt_${at % 50}`, key: `key-${at}` }),
    handle: async () => {
      await Promise.all(Array.from({ length: consumers }, consume));
    },
    close: async () => queue.close(),
  };
}
