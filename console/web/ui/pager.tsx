import { Button } from "antd";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

export interface Paging<T> {
  readonly shown: readonly T[];
  readonly page: number;
  readonly pages: number;
  readonly size: number;
  readonly of: number;
}

/** The page that a URL names, or the nearest there is. */
export function paged<T>(rows: readonly T[], size: number, named: string): Paging<T> {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(named)) || 1));
  return { shown: rows.slice((page - 1) * size, page * size), page, pages, size, of: rows.length };
}

/** Leads through the pages of the box it is in, whose beginning is then seen. */
export function Pager<T>({ paging, choose }: { readonly paging: Paging<T>; readonly choose: (page: string) => void }) {
  const { t } = useTranslation();
  const nav = useRef<HTMLElement>(null);
  const { page, pages, size, of } = paging;
  const go = (to: number) => {
    if (to < 1 || to > pages) return;
    choose(String(to));
    const box = nav.current?.parentElement;
    if (box && box.getBoundingClientRect().top < 0) box.scrollIntoView();
  };
  if (pages === 1) return null;
  return (
    <nav ref={nav} className="table-pages" aria-label={t("table.pages")}>
      <span className="muted" role="status">
        {t("table.range", { from: (page - 1) * size + 1, to: Math.min(page * size, of), of })}
      </span>
      <Button
        size="small"
        aria-label={t("table.previous")}
        aria-disabled={page <= 1}
        className={page <= 1 ? "button-off" : ""}
        icon={<ChevronLeft size={14} />}
        onClick={() => go(page - 1)}
      />
      <Button
        size="small"
        aria-label={t("table.next")}
        aria-disabled={page >= pages}
        className={page >= pages ? "button-off" : ""}
        icon={<ChevronRight size={14} />}
        onClick={() => go(page + 1)}
      />
    </nav>
  );
}
