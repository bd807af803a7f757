export interface Input {
  readonly sequence: number;
  readonly data: string;
}

/** What was typed and not yet known to have arrived. */
export interface Pending {
  /** Numbers new input and answers it, cut into pieces that fit a frame. */
  add(data: string): readonly Input[];
  /** Everything up to `sequence` was typed. */
  confirm(sequence: number): void;
  unconfirmed(): readonly Input[];
}

/** A control character takes six bytes in JSON: 4,096 of them stay under the 32 KB of a frame. */
const pieceChars = 4_096;

function pieces(data: string): string[] {
  const found: string[] = [];
  for (let from = 0; from < data.length; ) {
    let to = Math.min(data.length, from + pieceChars);
    // Never between the halves of a surrogate pair.
    if (to < data.length && (data.charCodeAt(to - 1) & 0xfc00) === 0xd800) to--;
    found.push(data.slice(from, to));
    from = to;
  }
  return found;
}

export function pendingInputs(): Pending {
  let count = 0;
  let waiting: Input[] = [];
  return {
    add(data) {
      const added = pieces(data).map((piece) => ({ sequence: ++count, data: piece }));
      waiting.push(...added);
      return added;
    },
    confirm(sequence) {
      waiting = waiting.filter((input) => input.sequence > sequence);
    },
    unconfirmed: () => waiting,
  };
}
