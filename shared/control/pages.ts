import { answerBytes, answerBytesMax } from "../base/answer-bytes.ts";
import type { Page } from "../base/page.ts";
import type { Table, TableQuery } from "../ports/table.ts";
import { type Entity, list } from "./entity.ts";

export interface PageAsked {
  readonly page?: string | undefined;
  readonly limit?: number | undefined;
}
/** What fills a screen; contract/id.ts bounds what may be asked for. */
const limitDefault = 50;

/** One page of what the asker may see. A page may be shorter than asked for, with more to follow: also where so many would be too much for an answer. */
export async function pageOf<T extends { generation: number }>(
  table: Table,
  kind: Entity<T>,
  query: Omit<TableQuery, "limit" | "page">,
  asked: PageAsked,
  visible: (item: T) => boolean = () => true,
): Promise<Page<T>> {
  const limit = asked.limit ?? limitDefault;
  const found = await list(table, kind, { ...query, limit, ...(asked.page !== undefined && { page: asked.page }) });
  if (limit > 1 && answerBytes(found.items) > answerBytesMax)
    return pageOf(table, kind, query, { ...asked, limit: Math.ceil(limit / 2) }, visible);
  return { ...found, items: found.items.filter(visible) };
}

export const mapPage = async <T, U>(page: Page<T>, change: (items: readonly T[]) => Promise<U[]> | U[]) => ({
  ...page,
  items: await change(page.items),
});
