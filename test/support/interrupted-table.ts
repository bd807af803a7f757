import type { Table, Write } from "../../shared/ports/table.ts";

export interface Interrupted {
  /** Before the next transaction with such a write: what another process does meanwhile. If it throws, the one that writes has died there. */
  readonly before: (write: (one: Write) => boolean, act: () => Promise<unknown>) => void;
}

/** A table that lets a test act between what was read and what is written of it. */
export function interruptedTable<T extends Table>(table: T): T & Interrupted {
  let waiting: { write: (one: Write) => boolean; act: () => Promise<unknown> }[] = [];
  return {
    ...table,
    before: (write, act) => {
      waiting.push({ write, act });
    },
    transact: async (writes) => {
      const due = waiting.filter(({ write }) => writes.some(write));
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { act } of due) await act();
      return table.transact(writes);
    },
  };
}
export const keyIn = (write: Write): string => (write.kind === "put" ? write.row.sk : write.key.sk);
