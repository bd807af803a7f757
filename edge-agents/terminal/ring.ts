export interface Piece {
  /** From 1. */
  readonly sequence: number;
  readonly data: string;
}

/** The newest pieces of an output, numbered. */
export interface Ring {
  add(data: string): void;
  /** The oldest kept piece after `sequence`. */
  after(sequence: number): Piece | undefined;
  /** Bytes kept of what comes after `sequence`. */
  bytesAfter(sequence: number): number;
}

export function ring(bytesMax: number): Ring {
  let pieces: (Piece & { readonly total: number })[] = [];
  let count = 0;
  /** Bytes ever added, and of them dropped. */
  let total = 0;
  let first = 0;

  const indexAfter = (sequence: number): number => Math.max(0, sequence - ((pieces[first]?.sequence ?? count + 1) - 1)) + first;
  const drop = () => {
    while (total - (pieces[first]?.total ?? total) > bytesMax) first++;
    // Moving the rest now and then keeps a drop O(1) on average.
    if (first < 1_024) return;
    pieces = pieces.slice(first);
    first = 0;
  };
  return {
    add(data) {
      pieces.push({ sequence: ++count, data, total });
      total += Buffer.byteLength(data);
      drop();
    },
    after: (sequence) => pieces[indexAfter(sequence)],
    bytesAfter: (sequence) => total - (pieces[indexAfter(sequence)]?.total ?? total),
  };
}
