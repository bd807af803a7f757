import type { InfiniteData } from "@tanstack/react-query";
import type { Operation } from "../../../shared/contract/operation.ts";
import type { OperationPage } from "./queries.ts";

/** In its place, the newest first as their ids are of their time; not among those that no page reaches yet. */
export function withOperation(list: InfiniteData<OperationPage>, operation: Operation): InfiniteData<OperationPage> {
  const { id, generation } = operation;
  const isThere = list.pages.some(({ items }) => items.some((each) => each.id === id));
  const older = list.pages.findIndex(({ items }) => items.some((each) => each.id < id));
  const end = list.pages.at(-1)?.next === undefined ? list.pages.length - 1 : -1;
  const place = older >= 0 ? older : end;
  const pages = list.pages.map((page, at) => {
    if (isThere)
      return { ...page, items: page.items.map((each) => (each.id === id && each.generation <= generation ? operation : each)) };
    if (at !== place) return page;
    return {
      ...page,
      items: [...page.items.filter((each) => each.id > id), operation, ...page.items.filter((each) => each.id < id)],
    };
  });
  return { ...list, pages };
}
