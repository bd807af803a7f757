import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

type List = Pick<UseInfiniteQueryResult<readonly unknown[]>, "data" | "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;

/** As often as the list is fetched anew meanwhile: what was asked for is given up for that. */
async function fetchMore(list: List): Promise<void> {
  let before = list;
  for (;;) {
    const after = await before.fetchNextPage();
    const hasGrown = (after.data?.length ?? 0) > (before.data?.length ?? 0);
    if (hasGrown || after.isError || !after.hasNextPage) return;
    before = after;
  }
}

/** Fetches more of a list that the newest alone are shown of. */
export function Older({ list }: { readonly list: List }) {
  const { t } = useTranslation();
  return (
    list.hasNextPage && (
      // Named, as the sign of loading would be part of the name and may stay in the page after its time.
      <Button
        aria-label={t("table.older")}
        aria-busy={list.isFetchingNextPage}
        loading={list.isFetchingNextPage}
        onClick={() => void fetchMore(list)}
      >
        {t("table.older")}
      </Button>
    )
  );
}
