interface PageAnswer<T> {
  items: T[];
  next?: string | undefined;
}

/**
 * Every item of a listing, page by page as they are needed: `for await (const c of itemsOf((page) => client.componentList({ query: { page } })))`.
 */
export async function* itemsOf<T>(
  fetchPage: (page: string | undefined) => Promise<PageAnswer<T>>,
): AsyncGenerator<T, void, undefined> {
  let page: string | undefined;
  do {
    const answer = await fetchPage(page);
    yield* answer.items;
    page = answer.next;
  } while (page !== undefined);
}

/** All of them; @throws RangeError over `max`, so that a growing list cannot eat the memory unnoticed. */
export async function allOf<T>(fetchPage: (page: string | undefined) => Promise<PageAnswer<T>>, max = 10_000): Promise<T[]> {
  const all: T[] = [];
  for await (const item of itemsOf(fetchPage)) {
    if (all.length >= max) throw new RangeError(`there are more than ${max}`);
    all.push(item);
  }
  return all;
}
