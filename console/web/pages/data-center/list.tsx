import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { queries, usageMs } from "../../api/queries.ts";
import { useTeam } from "../../components/team.ts";
import { DataCenterChip } from "../../ui/chip.tsx";
import { PageHead } from "../../ui/page.tsx";
import { Empty, ErrorPanel, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { AddDataCenter } from "./add.tsx";
import { CapacityMeters } from "./parts.tsx";

export function DataCentersPage() {
  const { t } = useTranslation();
  const team = useTeam();
  const list = useQuery({ ...queries.dataCenters(team.id), refetchInterval: usageMs });
  return (
    <div className="page">
      <PageHead title={t("nav.dataCenters")} about={t("dataCenter.about")} actions={<AddDataCenter />} />
      {list.isLoadingError && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton rows={2} height={130} />}
      {list.data?.length === 0 && (
        <div className="card">
          <Empty title={t("dataCenter.none")} action={<AddDataCenter />}>
            {t("dataCenter.noneAbout")}
          </Empty>
        </div>
      )}
      <div className="dc-cards">
        {list.data?.map((dataCenter) => (
          <article key={dataCenter.id} className="card dc-card">
            <header>
              <div>
                <h2>
                  <Link to={`/data-centers/${dataCenter.id}`}>{dataCenter.name}</Link>
                </h2>
                <p className="muted small">
                  {t(`dataCenter.kind.${dataCenter.kind}`)} · {t("dataCenter.seen")} <Ago at={dataCenter.lastSeenAt} />
                </p>
              </div>
              <span className="row">
                {dataCenter.cordoned && <span className="muted small">{t("dataCenter.cordoned")}</span>}
                <DataCenterChip state={dataCenter.state} />
              </span>
            </header>
            {dataCenter.capacity ? (
              <>
                <CapacityMeters capacity={dataCenter.capacity} />
                <p className="muted small">
                  {t("dataCenter.capacityTold")} <Ago at={dataCenter.reportedAt} />
                </p>
              </>
            ) : (
              <p className="muted">{t("dataCenter.noCapacity")}</p>
            )}
          </article>
        ))}
      </div>
    </div>
  );
}
