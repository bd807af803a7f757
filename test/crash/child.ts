import { writeSync } from "node:fs";
import { openLedger } from "../../edge-agents/runtime/ledger.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { localTable } from "../../shared/adapters/local/table.ts";
import type { ComponentId, TenantId } from "../../shared/contract/id.ts";

// Works until it is killed, and tells on standard output what the store has acknowledged: `<what> <name>` a line.
const [role, directory = "", name = ""] = process.argv.slice(2);
const clock = systemClock();
const tell = (text: string) => void writeSync(1, `${text}\n`);

/** Adds one to two counters and a row, in one transaction each time. */
async function count(): Promise<never> {
  const table = localTable({ path: `${directory}/table.db`, clock });
  const counter = async (sk: string) => (await table.get({ pk: "t", sk }))?.generation ?? 0;
  for (;;) {
    const [left, right] = [await counter("left"), await counter("right")];
    const row = (sk: string, generation: number) => ({
      kind: "put" as const,
      row: { pk: "t", sk, generation, value: {} },
      expected: generation - 1,
    });
    await table.transact([
      row("left", left + 1),
      row("right", right + 1),
      {
        kind: "put",
        row: { pk: "rows", sk: String(left + 1).padStart(9, "0"), generation: 1, value: { by: name } },
        expected: 0,
      },
    ]);
    tell(`counted ${left + 1}`);
  }
}

async function queue(): Promise<never> {
  const work = localQueue({ path: `${directory}/queue.db`, name: "work", attemptsMax: 1_000, clock });
  const send = async () => {
    for (let at = 0; ; at++) {
      const body = `${name}-${at}`;
      await work.send(body, { tenant: `t${at % 3}`, key: `k${at % 7}`, dedupe: body });
      tell(`sent ${body}`);
    }
  };
  const consume = async () => {
    for (;;) {
      for (const { body, receipt } of await work.lease({ limit: 10, leaseMs: 200, waitMs: 1_000 })) {
        tell(`acking ${body}`);
        await work.ack(receipt);
        tell(`acked ${body}`);
      }
    }
  };
  return (await Promise.all([send(), consume()]))[0];
}

/** Two components of one generation each time, and where the stream of changes is with them. */
async function hear(): Promise<never> {
  const ledger = await openLedger(directory);
  for (let generation = ledger.cursor() + 1; ; generation++) {
    const change = { tenant: "tnt_0000000000000001" as TenantId, generation, sequence: generation, workload: null };
    const pair = [1, 2].map((n) => ({ ...change, component: `cmp_000000000000000${n}` as ComponentId }));
    await ledger.accept(pair, generation);
    tell(`heard ${generation}`);
  }
}

await { table: count, queue, ledger: hear }[role as "table" | "queue" | "ledger"]();
