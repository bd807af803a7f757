import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { FilterField } from "./filter-field.tsx";
import { paged, Pager } from "./pager.tsx";
import { useRememberedState, useUrlState } from "./url-state.ts";

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  /** What to sort by; a column without it does not sort. */
  readonly sort?: (row: T) => string | number;
  readonly numeric?: boolean;
  /** Left out on narrow screens. */
  readonly wideOnly?: boolean;
}

interface Props<T> {
  readonly name: string;
  readonly label: string;
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly columns: readonly Column<T>[];
  /** Text a filter looks in; without it there is no filter. */
  readonly filterText?: (row: T) => string;
  readonly empty: ReactNode;
  readonly tools?: ReactNode;
  readonly pageSize?: number;
  readonly rowHint?: (row: T) => string | undefined;
}

const compare = (a: string | number, b: string | number) =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], order: string): readonly T[] {
  const down = order.startsWith("-");
  const by = columns.find((c) => c.key === order.replace(/^-/, ""))?.sort;
  if (!by) return rows;
  return rows.toSorted((a, b) => compare(by(a), by(b)) * (down ? -1 : 1));
}

function HeadCell<T>({
  column,
  order,
  choose,
}: {
  readonly column: Column<T>;
  readonly order: string;
  readonly choose: (order: string) => void;
}) {
  const up = order === column.key;
  const down = order === `-${column.key}`;
  const direction = up ? "ascending" : down ? "descending" : "none";
  const className = `${column.numeric ? "num" : ""} ${column.wideOnly ? "wide-only" : ""}`;
  if (!column.sort)
    return (
      <th scope="col" className={className}>
        {column.title}
      </th>
    );
  return (
    <th scope="col" aria-sort={direction} className={className}>
      <button type="button" className="sort-button" onClick={() => choose(up ? `-${column.key}` : column.key)}>
        {column.title}
        {up && <ArrowUp size={12} aria-hidden />}
        {down && <ArrowDown size={12} aria-hidden />}
      </button>
    </th>
  );
}

/** Sorted, filtered and paged by the reader; all three live in the URL under `name`, and the order is remembered for the next time. */
export function DataTable<T>(props: Props<T>) {
  const { t } = useTranslation();
  const [order, setOrder] = useRememberedState(`${props.name}.sort`, "");
  const [filter, setFilter] = useUrlState(`${props.name}.filter`, "", { ends: `${props.name}.page` });
  const [pageText, setPage] = useUrlState(`${props.name}.page`, "1");
  const needle = filter.trim().toLowerCase();
  const found =
    needle && props.filterText ? props.rows.filter((row) => props.filterText?.(row).toLowerCase().includes(needle)) : props.rows;
  const paging = paged(sorted(found, props.columns, order), props.pageSize ?? 25, pageText);
  const hasTools = props.tools || (props.filterText && props.rows.length > 5);
  return (
    <div className="table-box">
      {hasTools && (
        <div className="table-tools">
          {props.filterText && <FilterField value={filter} choose={setFilter} />}
          {props.tools}
        </div>
      )}
      <div className="table-scroll">
        <table className="table" aria-label={props.label}>
          <thead>
            <tr>
              {props.columns.map((column) => (
                <HeadCell key={column.key} column={column} order={order} choose={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {paging.shown.map((row) => (
              <tr key={props.rowKey(row)} data-hint={props.rowHint?.(row)}>
                {props.columns.map((column) => (
                  <td
                    key={column.key}
                    data-label={column.title}
                    className={`${column.numeric ? "num mono" : ""} ${column.wideOnly ? "wide-only" : ""}`}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {paging.of === 0 && <div className="table-empty">{needle ? t("table.nothing", { filter }) : props.empty}</div>}
      <Pager paging={paging} choose={setPage} />
    </div>
  );
}
