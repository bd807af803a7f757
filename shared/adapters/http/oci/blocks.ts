/** The same bytes in blocks of `bytes`; the last one may be shorter. Nothing at all gives no block. */
export async function* blocksOf(content: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const piece of content) {
    for (let rest = piece; rest.length > 0; ) {
      const taken = rest.subarray(0, bytes - size);
      held.push(taken);
      size += taken.length;
      rest = rest.subarray(taken.length);
      if (size < bytes) continue;
      yield Buffer.concat(held);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(held);
}
