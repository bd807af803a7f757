import type { Table } from "../../shared/ports/table.ts";

export interface RoundTrips {
  /** Calls of the store. */
  calls: number;
  /** Calls that waited for an earlier one: what is asked in one turn counts once. */
  rounds: number;
}

/** A store that answers a turn of the event loop later, as one over a network would, and counts. */
export function countingTable(table: Table): { table: Table; counted: RoundTrips } {
  const counted: RoundTrips = { calls: 0, rounds: 0 };
  let turn: Promise<void> | undefined;
  const trip = async <T>(answer: () => Promise<T>): Promise<T> => {
    counted.calls++;
    if (!turn) counted.rounds++;
    turn ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      turn = undefined;
    });
    await turn;
    return answer();
  };
  return {
    counted,
    table: {
      get: (key) => trip(() => table.get(key)),
      getAll: (keys) => trip(() => table.getAll(keys)),
      query: (query) => trip(() => table.query(query)),
      transact: (writes) => trip(() => table.transact(writes)),
    },
  };
}
