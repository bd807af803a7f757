import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

/** Fetches more of a list that the newest alone are shown of. */
export function Older({
  list: { hasNextPage, isFetchingNextPage, fetchNextPage },
}: {
  readonly list: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;
}) {
  const { t } = useTranslation();
  return (
    hasNextPage && (
      // Named, as the sign of loading would be part of the name and may stay in the page after its time.
      <Button
        aria-label={t("table.older")}
        aria-busy={isFetchingNextPage}
        loading={isFetchingNextPage}
        onClick={() => void fetchNextPage()}
      >
        {t("table.older")}
      </Button>
    )
  );
}
