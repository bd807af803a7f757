import type { Page } from "../base/page.ts";
import type { Table, TableQuery } from "../ports/table.ts";
import { type Entity, list } from "./entity.ts";

export interface PageAsked {
  readonly page?: string | undefined;
  readonly limit?: number | undefined;
}
/** What fills a screen; contract/id.ts bounds what may be asked for. */
const limitDefault = 50;

/** One page of what the asker may see. A page may be shorter than asked for, with more to follow. */
export async function pageOf<T extends { generation: number }>(
  table: Table,
  kind: Entity<T>,
  query: Omit<TableQuery, "limit" | "page">,
  asked: PageAsked,
  visible: (item: T) => boolean = () => true,
): Promise<Page<T>> {
  const found = await list(table, kind, {
    ...query,
    limit: asked.limit ?? limitDefault,
    ...(asked.page !== undefined && { page: asked.page }),
  });
  return { ...found, items: found.items.filter(visible) };
}

export const mapPage = async <T, U>(page: Page<T>, change: (items: readonly T[]) => Promise<U[]> | U[]) => ({
  ...page,
  items: await change(page.items),
});
